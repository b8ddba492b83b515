//! The description of this API, as `docs/openapi.json` has it.

/// An `OpenAPI` 3.1 document. Tests compare it with the table of operations, and every answer with its schemas.
pub const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_of_this_release() {
        let document: serde_json::Value = serde_json::from_str(DOCUMENT).unwrap();
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    }
}
