//! What a trail's archives are: by window, so that all archives of a window are of one format, whoever writes them and
//! however often.

use serde::{Deserialize, Serialize};

use crate::window::Window;

/// The tag that sets a trail's format. AWS's clients can set tags; they have no parameter for formats.
pub const FORMAT_TAG: &str = "activity-log:format";

/// A format of archives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// JSON files in a tar, as the seeds have it
    #[default]
    #[serde(rename = "tar.gz")]
    TarGz,
    /// one JSON file, as AWS has it
    #[serde(rename = "json.gz")]
    JsonGz,
}

impl Format {
    /// All.
    pub const ALL: [Self; 2] = [Self::TarGz, Self::JsonGz];

    /// The value of [`FORMAT_TAG`], which is also what keys of archives end in, after a dot.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TarGz => "tar.gz",
            Self::JsonGz => "json.gz",
        }
    }

    /// From the value of [`FORMAT_TAG`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// Of the archive of this key or file name, by what it ends in.
    pub fn of_key(key: &str) -> Option<Self> {
        let ends = |one: &Self| {
            key.strip_suffix(one.as_str())
                .is_some_and(|rest| rest.ends_with('.'))
        };
        Self::ALL.into_iter().find(ends)
    }
}

/// Formats by window. A change holds from the window after the one in which it is made, which nobody can have begun to
/// archive: so every attempt at a window finds the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formats(Vec<(Window, Format)>);

impl Formats {
    /// The format of a window's archives.
    pub fn at(&self, window: Window) -> Format {
        let changes = self.0.iter().rev();
        let mut held = changes.filter(|(since, _)| *since <= window);
        held.next()
            .map_or_else(Format::default, |(_, format)| *format)
    }

    /// The format from the last change on.
    pub fn latest(&self) -> Format {
        self.0
            .last()
            .map_or_else(Format::default, |(_, format)| *format)
    }

    /// Sets the format from `window` on, and forgets what no window from `needed` on can ask for.
    pub fn set(&mut self, window: Window, format: Format, needed: Window) {
        self.0.retain(|(since, _)| *since < window);
        if self.latest() != format {
            self.0.push((window, format));
        }
        let first = self.0.iter().rposition(|(since, _)| *since <= needed);
        self.0.drain(..first.unwrap_or(0));
    }

    /// Sets the format of all windows: of a trail for which nothing was ever logged, or all of it is archived.
    pub fn set_always(&mut self, format: Format) {
        self.0 = vec![(Window::from_number(i64::MIN), format)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_word_and_by_the_end_of_a_key() {
        for format in Format::ALL {
            assert_eq!(Format::from_word(format.as_str()), Some(format));
            assert_eq!(
                serde_json::to_value(format).unwrap(),
                serde_json::json!(format.as_str())
            );
            assert_eq!(
                Format::of_key(&format!("a/b.{}", format.as_str())),
                Some(format)
            );
        }
        assert_eq!(Format::from_word("tar"), None);
        for other in ["a.json", "ajson.gz", "a.json.gz.txt", ""] {
            assert_eq!(Format::of_key(other), None, "{other}");
        }
    }

    #[test]
    fn a_change_holds_from_its_window_on_and_the_ones_before_keep_what_they_had() {
        let window = Window::from_number;
        let mut formats = Formats::default();
        assert_eq!(formats.at(window(7)), Format::TarGz);
        formats.set(window(10), Format::JsonGz, window(5));
        formats.set(window(20), Format::TarGz, window(5));
        let at = |formats: &Formats, number| formats.at(window(number));
        assert_eq!(at(&formats, 9), Format::TarGz);
        assert_eq!(at(&formats, 10), Format::JsonGz);
        assert_eq!(at(&formats, 19), Format::JsonGz);
        assert_eq!(at(&formats, 20), Format::TarGz);
        // Changed and changed back within a window: as if nothing had been.
        let before = formats.clone();
        formats.set(window(30), Format::JsonGz, window(5));
        formats.set(window(30), Format::TarGz, window(5));
        assert_eq!(formats, before);
        // What no window needs any more is forgotten.
        formats.set(window(40), Format::JsonGz, window(20));
        assert_eq!(formats.0.len(), 2);
        assert_eq!(at(&formats, 20), Format::TarGz);
        assert_eq!(
            (at(&formats, 40), formats.latest()),
            (Format::JsonGz, Format::JsonGz)
        );
        formats.set_always(Format::TarGz);
        assert_eq!(at(&formats, 0), Format::TarGz);
    }
}
