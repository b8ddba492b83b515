//! A JSON object and nothing else, for everything that is read from outside.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// A JSON object read as `T`.
///
/// serde's derived structs also take an array, of their fields in the order they are declared in: what other readers
/// take for a list would be read by us as an identity. Every struct that is read from outside stands in one of these.
///
/// ```
/// use activity_log_core::object::Object;
/// #[derive(serde::Deserialize)]
/// struct Identity { name: String }
/// let Object(read): Object<Identity> = serde_json::from_str(r#"{"name":"bob"}"#).unwrap();
/// assert_eq!(read.name, "bob");
/// let error = serde_json::from_str::<Object<Identity>>(r#"["bob"]"#).err().unwrap();
/// assert!(error.to_string().starts_with("invalid type: sequence, expected an object"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Object<T>(pub T);

impl<T> Deref for Object<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(Fields(PhantomData))
    }
}
