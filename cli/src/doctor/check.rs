//! One thing that was checked.

use std::fmt;

use crate::printable;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    what: &'static str,
    found: String,
    /// what to do, if it is wrong
    mend: Option<String>,
}

impl Check {
    /// It is as it should be.
    pub fn well(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            found: found.into(),
            mend: None,
        }
    }

    /// It is not, and this mends it.
    pub fn wrong(what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            what,
            found: found.into(),
            mend: Some(mend.into()),
        }
    }

    /// Whether it is as it should be.
    pub const fn is_well(&self) -> bool {
        self.mend.is_none()
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_well() {
            console::style("ok   ").green()
        } else {
            console::style("WRONG").red()
        };
        writeln!(
            f,
            "{verdict}  {:<12}  {}",
            self.what,
            printable::escape(&self.found)
        )?;
        match &self.mend {
            Some(mend) => writeln!(f, "       to mend it:   {}", printable::escape(mend)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_comes_with_what_mends_it() {
        console::set_colors_enabled(false);
        let well = Check::well("clock", "1 s off");
        assert_eq!(well.to_string(), "ok     clock         1 s off\n");
        let wrong = Check::wrong("clock", "1 h off", "set it");
        assert_eq!(
            wrong.to_string(),
            "WRONG  clock         1 h off\n       to mend it:   set it\n"
        );
    }
}
