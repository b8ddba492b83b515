//! Reading names of objects: the reverse of core's `trail::keys`.

use activity_log_core::instant::Instant;
use activity_log_core::trail::format::Format;
use activity_log_core::trail::keys::Location;
use activity_log_core::trail::name::TrailName;
use activity_log_core::window::Window;

/// The end of a digest of the trail, if the key is that of one.
pub fn digest_end(location: &Location<'_>, trail: &TrailName, key: &str) -> Option<Instant> {
    let name = key.rsplit('/').next()?;
    let time = name.strip_prefix(&location.digest_stem(trail))?;
    let time = time.strip_suffix("Z.json.gz")?;
    let end = parse(time.get(..13)?, time.get(13..)?)?;
    (location.digest(trail, end) == key).then_some(end)
}

/// The part of a trail's id that archives' keys have.
pub fn short_id(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// What an archive's key tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveName<'a> {
    /// of which window
    pub window: Window,
    /// first 12 digits of the trail's id
    pub trail: &'a str,
}

/// What an archive's key tells, if it is one.
pub fn archive<'a>(location: &Location<'_>, key: &'a str) -> Option<ArchiveName<'a>> {
    let name = key.rsplit('/').next()?;
    let format = Format::of_key(name)?;
    let (stem, _) = name.split_once('.')?;
    let (rest, suffix) = stem.rsplit_once('_')?;
    let (_, time) = rest.rsplit_once('_')?;
    let end = parse(time.strip_suffix('Z')?, "00")?;
    let window = Window::of(end.plus_millis(-1));
    let (part, trail) = (suffix.get(..4)?, suffix.get(4..)?);
    let has_id = trail.len() == 12 && trail.bytes().all(|digit| digit.is_ascii_hexdigit());
    let is_it = has_id && location.archive(window, trail, part.parse().ok()?, format) == key;
    is_it.then_some(ArchiveName { window, trail })
}

/// `YYYYMMDDTHHMM` and `SS`.
fn parse(minute: &str, second: &str) -> Option<Instant> {
    let at = |from, to| minute.get(from..to);
    let (year, month, day) = (at(0, 4)?, at(4, 6)?, at(6, 8)?);
    let (hour, minute) = (at(9, 11)?, minute.get(11..)?);
    Instant::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCATION: fn() -> Location<'static> = || Location {
        prefix: Some("p"),
        account: "111122223333".parse().unwrap(),
        region: "us-east-1",
    };

    #[test]
    fn a_digest_is_known_by_its_whole_name() {
        let (location, trail) = (LOCATION(), "audit".parse().unwrap());
        let end = Instant::parse("2026-11-20T12:00:00Z").unwrap();
        let key = location.digest(&trail, end);
        assert_eq!(digest_end(&location, &trail, &key), Some(end));
        for other in [
            location.digest(&"audit2".parse().unwrap(), end),
            key.replace("us-east-1_audit", "us-east-1_x_audit"),
            key.replace("Z.json", "Z_backfill.json"),
            key.replace("/11/20/", "/11/21/"),
            key.replace("T1200", "T12é"),
            location.digests(),
        ] {
            assert_eq!(digest_end(&location, &trail, &other), None, "{other}");
        }
    }

    #[test]
    fn an_archive_is_known_by_its_whole_name() {
        let location = LOCATION();
        let window = Window::of(Instant::parse("2026-11-20T11:57:00Z").unwrap());
        let trail = "000000000000";
        for format in Format::ALL {
            let key = location.archive(window, "00000000000000aa", 7, format);
            let name = ArchiveName { window, trail };
            assert_eq!(archive(&location, &key), Some(name));
        }
        let key = location.archive(window, "00000000000000aa", 7, Format::TarGz);
        for other in [
            key.replace("T1200", "T1201"),
            key.replace("T1200", "T1260"),
            key.replace("0007", "+007"),
            key.replace(".tar.gz", "0.tar.gz"),
            key.replace(".tar.gz", ".json.tar.gz"),
            key.replace(".tar.gz", ".json"),
            key.replace("p/", "q/"),
            key.replace("000000000000.", "00000000000g."),
            location.archives(),
        ] {
            assert_eq!(archive(&location, &other), None, "{other}");
        }
    }
}
