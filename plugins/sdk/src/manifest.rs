//! What a filter says of itself, checked while it is compiled.

use crate::bindings::activity_log::filter::types;

/// What a filter is and reads. It is a constant, so that [`export!`](crate::export) refuses at compile time what the upload would.
#[derive(Clone, Copy, Debug)]
pub struct Manifest {
    /// Lower-case letters, digits and dashes: `out-of-hours-writes`.
    pub name: &'static str,
    /// `env!("CARGO_PKG_VERSION")` keeps it that of the crate.
    pub version: &'static str,
    /// What it keeps, for whoever chooses it for a report.
    pub description: &'static str,
    /// The fields it reads, as dotted paths: `userIdentity.userName`; a dot in a name is written `\.`, a
    /// backslash `\\`. `""` is the whole event as JSON text (slow: ask for it only if you must).
    pub inputs: &'static [&'static str],
    /// The columns it writes: a new name adds a column, the name of an input replaces (redacts) it.
    pub outputs: &'static [&'static str],
    /// What a report may or must give it.
    pub parameters: &'static [Parameter],
}

/// One thing that a report can tell a filter.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it means, what it may be, what holds without it.
    pub description: &'static str,
    /// Whether a report must give it.
    pub required: bool,
}

impl Parameter {
    /// One that a report must give.
    pub const fn required(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            required: true,
        }
    }

    /// One that a report may give.
    pub const fn optional(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            required: false,
        }
    }
}

impl Manifest {
    /// Refuses at compile time what the upload would refuse.
    ///
    /// # Panics
    /// With the rule that is broken.
    pub const fn check(&self) {
        check_name(self.name.as_bytes());
        check_version(self.version.as_bytes());
        assert!(
            characters(self.description) <= 1000,
            "the manifest's description has more than 1,000 characters"
        );
        assert!(
            self.inputs.len() <= 32,
            "the manifest has more than 32 inputs"
        );
        assert!(
            self.outputs.len() <= 16,
            "the manifest has more than 16 outputs"
        );
        assert!(
            self.parameters.len() <= 32,
            "the manifest has more than 32 parameters"
        );
        check_inputs(self.inputs);
        check_outputs(self.outputs);
        check_parameters(self.parameters);
    }

    #[doc(hidden)]
    pub fn to_wit(&self) -> types::Manifest {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let parameters = self.parameters.iter().map(|parameter| types::Parameter {
            name: parameter.name.to_owned(),
            description: parameter.description.to_owned(),
            required: parameter.required,
        });
        types::Manifest {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            description: self.description.to_owned(),
            inputs: owned(self.inputs),
            outputs: owned(self.outputs),
            parameters: parameters.collect(),
        }
    }
}

const fn check_name(name: &[u8]) {
    assert!(
        !name.is_empty() && name.len() <= 64,
        "the manifest's name must have 1 to 64 characters"
    );
    let mut at = 0;
    while at < name.len() {
        let plain = name[at].is_ascii_lowercase() || name[at].is_ascii_digit();
        assert!(
            plain || (name[at] == b'-' && at > 0),
            "the manifest's name may have lower-case letters, digits and dashes only, and no dash first"
        );
        at += 1;
    }
}

const fn check_version(version: &[u8]) {
    assert!(
        version.len() <= 32,
        "the manifest's version has more than 32 characters"
    );
    let (mut at, mut dots, mut digits) = (0, 0, 0);
    while at < version.len() && version[at] != b'-' && version[at] != b'+' {
        if version[at] == b'.' && digits > 0 {
            dots += 1;
            digits = 0;
        } else {
            assert!(
                version[at].is_ascii_digit(),
                "the manifest's version must be like 1.0.0"
            );
            digits += 1;
        }
        at += 1;
    }
    assert!(
        dots == 2 && digits > 0,
        "the manifest's version must be like 1.0.0"
    );
}

const fn characters(text: &str) -> usize {
    let (bytes, mut at, mut count) = (text.as_bytes(), 0, 0);
    while at < bytes.len() {
        // Not the second or later byte of a character.
        if bytes[at] & 0xc0 != 0x80 {
            count += 1;
        }
        at += 1;
    }
    count
}

const fn check_inputs(inputs: &[&str]) {
    let mut at = 0;
    while at < inputs.len() {
        assert!(
            inputs[at].len() <= 256,
            "an input of the manifest is longer than 256 bytes"
        );
        assert!(!stands(inputs, at), "an input stands in the manifest twice");
        at += 1;
    }
}

const fn check_outputs(outputs: &[&str]) {
    let mut at = 0;
    while at < outputs.len() {
        assert!(
            !outputs[at].is_empty() && outputs[at].len() <= 256,
            "an output of the manifest must have 1 to 256 bytes"
        );
        assert!(
            !stands(outputs, at),
            "an output stands in the manifest twice"
        );
        at += 1;
    }
}

const fn check_parameters(parameters: &[Parameter]) {
    let mut at = 0;
    while at < parameters.len() {
        let name = parameters[at].name;
        assert!(
            !name.is_empty() && name.len() <= 64,
            "a parameter's name must have 1 to 64 characters"
        );
        let mut before = 0;
        while before < at {
            assert!(
                !same(parameters[before].name, name),
                "a parameter stands in the manifest twice"
            );
            before += 1;
        }
        at += 1;
    }
}

/// Whether an entry stands in the list before.
const fn stands(list: &[&str], at: usize) -> bool {
    let mut before = 0;
    while before < at {
        if same(list[before], list[at]) {
            return true;
        }
        before += 1;
    }
    false
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Manifest = Manifest {
        name: "a-1",
        version: "1.20.3-beta.1",
        description: "d",
        inputs: &["", "a.b"],
        outputs: &["a.b"],
        parameters: &[Parameter::required("p", "")],
    };
    const _: () = GOOD.check();

    fn refusal(manifest: Manifest) -> String {
        let panic = std::panic::catch_unwind(move || manifest.check()).unwrap_err();
        (*panic.downcast_ref::<&str>().unwrap()).to_owned()
    }

    #[test]
    fn each_rule_is_named() {
        let named = |name| refusal(Manifest { name, ..GOOD });
        assert!(named("").contains("1 to 64 characters"));
        for name in ["-a", "Aa", "a_b", "é"] {
            assert!(named(name).contains("lower-case letters"), "{name}");
        }
        for version in ["", "1", "1.0", "1.0.", "1..0", "v1.0.0", "1.0.0.0", ".1.0"] {
            let refusal = refusal(Manifest { version, ..GOOD });
            assert!(refusal.contains("like 1.0.0"), "{version}: {refusal}");
        }
        let twice = refusal(Manifest {
            outputs: &["a", "b", "a"],
            ..GOOD
        });
        assert_eq!(twice, "an output stands in the manifest twice");
        let many = refusal(Manifest {
            inputs: &[""; 33],
            ..GOOD
        });
        assert_eq!(many, "the manifest has more than 32 inputs");
        let parameter = Parameter::optional("p", "");
        let parameters: &'static [Parameter] = Box::leak(Box::new([parameter; 2]));
        let twice = refusal(Manifest { parameters, ..GOOD });
        assert_eq!(twice, "a parameter stands in the manifest twice");
    }

    #[test]
    fn a_description_is_counted_in_characters() {
        let description = |count| Box::leak("é".repeat(count).into_boxed_str());
        Manifest {
            description: description(1000),
            ..GOOD
        }
        .check();
        let refusal = refusal(Manifest {
            description: description(1001),
            ..GOOD
        });
        assert!(refusal.contains("1,000 characters"), "{refusal}");
    }
}
