//! Paths of the table, with a place for an id.

/// Whether the path is one of the template's: the segment that stands for `{id}`, which is never empty, or `""` if
/// the template has none.
pub fn matched<'p>(template: &str, path: &'p str) -> Option<&'p str> {
    let mut id = "";
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(id),
            (Some("{id}"), Some(segment)) if !segment.is_empty() => id = segment,
            (Some(name), Some(segment)) if name == segment => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_matched_as_a_whole() {
        let template = "/v1/reports/{id}/download";
        assert_eq!(matched(template, "/v1/reports/7/download"), Some("7"));
        assert_eq!(matched("/v1/reports", "/v1/reports"), Some(""));
        for other in [
            "/v1/reports//download",
            "/v1/reports/7/download/",
            "/v1/reports/7",
            "v1/reports/7/download",
            "/v1/reports/7/8/download",
            "/V1/reports/7/download",
        ] {
            assert_eq!(matched(template, other), None, "{other}");
        }
    }
}
