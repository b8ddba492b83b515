//! A function's type as text, all names of types resolved: what two functions must share to be the same.

use std::fmt::{self, Write};

use wasmparser::component_types::{
    ComponentDefinedType, ComponentFuncTypeId, ComponentValType, RecordType, VariantType,
};
use wasmparser::types::TypesRef;

/// Where a text is cut: a type may be exponentially longer as text than as bytes. The interface's own are shorter.
const MOST_BYTES: usize = 1500;

/// The function's type, cut at [`MOST_BYTES`].
pub(super) fn signature(function: ComponentFuncTypeId, types: TypesRef<'_>) -> String {
    let mut signature = Signature {
        text: String::new(),
        types,
    };
    if signature.function(function).is_err() {
        signature.text.push('…');
    }
    signature.text
}

struct Signature<'a> {
    text: String,
    types: TypesRef<'a>,
}

/// Fails when the text is long enough.
impl Write for Signature<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MOST_BYTES.saturating_sub(self.text.len());
        if text.len() > room {
            let cut = text.floor_char_boundary(room);
            self.text.push_str(&text[..cut]);
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

impl Signature<'_> {
    fn function(&mut self, function: ComponentFuncTypeId) -> fmt::Result {
        let types = self.types;
        let function = &types[function];
        self.write_str(if function.async_ {
            "async func("
        } else {
            "func("
        })?;
        for (index, (name, ty)) in function.params.iter().enumerate() {
            self.separate(index)?;
            write!(self, "{name}: ")?;
            self.value(ty)?;
        }
        self.write_str(")")?;
        if let Some(result) = &function.result {
            self.write_str(" -> ")?;
            self.value(result)?;
        }
        Ok(())
    }

    fn separate(&mut self, index: usize) -> fmt::Result {
        if index > 0 {
            self.write_str(", ")
        } else {
            Ok(())
        }
    }

    fn value(&mut self, ty: &ComponentValType) -> fmt::Result {
        let types = self.types;
        match ty {
            ComponentValType::Primitive(primitive) => write!(self, "{primitive}"),
            ComponentValType::Type(defined) => self.defined(&types[*defined]),
        }
    }

    fn defined(&mut self, ty: &ComponentDefinedType) -> fmt::Result {
        match ty {
            ComponentDefinedType::Primitive(primitive) => write!(self, "{primitive}"),
            ComponentDefinedType::Record(record) => self.record(record),
            ComponentDefinedType::Variant(variant) => self.variant(variant),
            ComponentDefinedType::List { element, .. } => self.of("list", &[Some(element)]),
            ComponentDefinedType::Option { ty, .. } => self.of("option", &[Some(ty)]),
            ComponentDefinedType::Result { ok, err, .. } => {
                self.of("result", &[ok.as_ref(), err.as_ref()])
            }
            ComponentDefinedType::Tuple(tuple) => {
                let types: Vec<_> = tuple.types.iter().map(Some).collect();
                self.of("tuple", &types)
            }
            _ => self.write_str("another type"),
        }
    }

    fn of(&mut self, name: &str, types: &[Option<&ComponentValType>]) -> fmt::Result {
        write!(self, "{name}<")?;
        for (index, ty) in types.iter().enumerate() {
            self.separate(index)?;
            match ty {
                Some(ty) => self.value(ty)?,
                None => self.write_str("_")?,
            }
        }
        self.write_str(">")
    }

    fn record(&mut self, record: &RecordType) -> fmt::Result {
        self.write_str("record { ")?;
        for (index, (name, ty)) in record.fields.iter().enumerate() {
            self.separate(index)?;
            write!(self, "{name}: ")?;
            self.value(ty)?;
        }
        self.write_str(" }")
    }

    fn variant(&mut self, variant: &VariantType) -> fmt::Result {
        self.write_str("variant { ")?;
        for (index, (name, case)) in variant.cases.iter().enumerate() {
            self.separate(index)?;
            write!(self, "{name}")?;
            if let Some(ty) = &case.ty {
                self.write_str("(")?;
                self.value(ty)?;
                self.write_str(")")?;
            }
        }
        self.write_str(" }")
    }
}
