//! The description of this API, as `docs/openapi.json` has it.

/// An `OpenAPI` 3.1 document. Tests compare it with the table of operations, and every answer with its schemas.
pub const DOCUMENT: &str = include_str!("../../../docs/openapi.json");
