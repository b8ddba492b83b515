//! Guests for the tests: small core modules as text, made into components as `alog plugin build` makes them.

#![allow(dead_code, reason = "each test binary uses some of it")]

use std::fmt::Write as _;

use activity_log_plugin::{ColumnBuilder, Manifest, Parameter, Value};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The frozen interface.
pub const WIT: &str = include_str!("../../../../wit/filter.wit");

/// Where constant data lies in a guest's memory.
const DATA: u32 = 4096;
/// Where a guest writes what it returns.
pub const RETURN: u32 = 512;

/// A guest: every part may be replaced.
#[derive(Clone)]
pub struct Guest {
    pub wit: String,
    pub manifest: Manifest,
    /// what `describe` runs first
    pub describe: String,
    /// body of `start`: `$at` and `$count` are the parameters; gives the address of the result
    pub start: String,
    /// body of `filter`: `$rows`, `$columns`, `$count`, and some locals; gives the address of the result
    pub filter: String,
    /// more of the module
    pub more: String,
    /// more imports of the module
    pub imports: String,
    /// of the interface
    pub version: String,
    pub pages: u32,
    pub log: bool,
}

pub fn manifest() -> Manifest {
    Manifest {
        name: "starts-with-d".to_owned(),
        version: "1.2.3".to_owned(),
        description: "Keeps rows whose first input begins with a D, and copies that input"
            .to_owned(),
        inputs: vec!["eventName".to_owned()],
        outputs: vec!["copy".to_owned()],
        parameters: vec![],
    }
}

/// A column of these texts.
pub fn texts<'a>(rows: impl IntoIterator<Item = &'a str>) -> ColumnBuilder<'a> {
    let mut column = ColumnBuilder::default();
    for text in rows {
        column.push(Value::Text(text));
    }
    column
}

pub fn parameter(name: &str, required: bool) -> Parameter {
    Parameter {
        name: name.to_owned(),
        description: format!("what {name} is"),
        required,
    }
}

/// Keeps rows whose first input is a text that begins with a D: looked up once for each distinct value. Its output
/// is that input.
pub const STARTS_WITH_D: &str = "
    (local.set $values (i32.load (local.get $columns)))
    (local.set $n (i32.load offset=4 (local.get $columns)))
    (local.set $index (i32.load offset=8 (local.get $columns)))
    (local.set $table (call $alloc (i32.const 1) (local.get $n)))
    (local.set $keep (call $alloc (i32.const 1) (local.get $rows)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (local.set $value (i32.add (local.get $values) (i32.shl (local.get $i) (i32.const 4))))
      (i32.store8 (i32.add (local.get $table) (local.get $i))
        (if (result i32) (i32.eq (i32.load8_u (local.get $value)) (i32.const 5))
          (then (if (result i32) (i32.load offset=12 (local.get $value))
            (then (i32.eq (i32.load8_u (i32.load offset=8 (local.get $value))) (i32.const 68)))
            (else (i32.const 0))))
          (else (i32.const 0))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (local.set $i (i32.const 0))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $rows)))
      (i32.store8 (i32.add (local.get $keep) (local.get $i))
        (i32.load8_u (i32.add (local.get $table)
          (i32.load (i32.add (local.get $index) (i32.shl (local.get $i) (i32.const 2)))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (call $answer (local.get $keep) (local.get $rows) (local.get $columns) (i32.const 1))";

/// Gives Ok.
pub const STARTS: &str = "(i32.store8 (i32.const 512) (i32.const 0)) (i32.const 512)";

impl Default for Guest {
    fn default() -> Self {
        Self {
            wit: WIT.to_owned(),
            manifest: manifest(),
            describe: String::new(),
            start: STARTS.to_owned(),
            filter: STARTS_WITH_D.to_owned(),
            more: String::new(),
            imports: String::new(),
            version: "1.0.0".to_owned(),
            pages: 2,
            log: false,
        }
    }
}

impl Guest {
    /// One whose `filter` does this.
    pub fn filtering(filter: &str) -> Self {
        Self {
            filter: filter.to_owned(),
            ..Self::default()
        }
    }

    /// The core module, without what a component needs.
    pub fn module(&self) -> Vec<u8> {
        let mut data = Data::default();
        let manifest = data.manifest(&self.manifest);
        let log = r#"(import "activity-log:filter/log@1.0.0" "line" (func $log (param i32 i32)))"#;
        let text = format!(
            r#"(module
              {log} {imports}
              (memory (export "memory") {pages})
              (global $heap (mut i32) (i32.const 65536))
              (func $alloc (param $align i32) (param $size i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and
                  (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
                  (i32.sub (i32.const 0) (local.get $align))))
                (global.set $heap (i32.add (local.get $at) (local.get $size)))
                (block $fits (loop $grow
                  (br_if $fits (i32.le_u (global.get $heap) (i32.shl (memory.size) (i32.const 16))))
                  (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))
                  (br $grow)))
                (local.get $at))
              (func $answer (param $keep i32) (param $rows i32) (param $outputs i32) (param $n i32) (result i32)
                (i32.store8 (i32.const {RETURN}) (i32.const 0))
                (i32.store offset=4 (i32.const {RETURN}) (local.get $keep))
                (i32.store offset=8 (i32.const {RETURN}) (local.get $rows))
                (i32.store offset=12 (i32.const {RETURN}) (local.get $outputs))
                (i32.store offset=16 (i32.const {RETURN}) (local.get $n))
                (i32.const {RETURN}))
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (call $alloc (local.get 2) (local.get 3)))
              (func (export "activity-log:filter/plugin@{version}#describe") (result i32)
                {describe}
                (i32.const {manifest}))
              (func (export "activity-log:filter/plugin@{version}#start") (param $at i32) (param $count i32) (result i32)
                {start})
              (func (export "activity-log:filter/plugin@{version}#filter")
                (param $rows i32) (param $columns i32) (param $count i32) (result i32)
                (local $values i32) (local $table i32) (local $keep i32) (local $i i32) (local $n i32)
                (local $value i32) (local $index i32) (local $line i32)
                {filter})
              (func (export "cabi_post_activity-log:filter/plugin@{version}#filter") (param i32)
                (global.set $heap (i32.const 65536)))
              (data (i32.const {DATA}) "{data}")
              {more})"#,
            log = if self.log { log } else { "" },
            imports = self.imports,
            version = self.version,
            pages = self.pages,
            describe = self.describe,
            start = self.start,
            filter = self.filter,
            data = data.text(),
            more = self.more,
        );
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// As a customer would upload it.
    pub fn component(&self) -> Vec<u8> {
        component(&self.wit, self.module())
    }
}

/// A module as a component of the first world of a package.
pub fn component(wit: &str, mut module: Vec<u8>) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("filter.wit", wit).unwrap();
    let world = *resolve.packages[package].worlds.values().next().unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let mut encoder = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .unwrap();
    encoder.encode().unwrap()
}

/// Adds a core module to a component that has `modules` of them, and so many instances of it.
pub fn with_module(component: &[u8], modules: u8, module: &str, instances: u8) -> Vec<u8> {
    let module = wat::parse_str(module).unwrap();
    let mut bytes = component.to_vec();
    section(&mut bytes, 1, &module);
    let mut body = vec![instances];
    for _ in 0..instances {
        body.extend([0, modules, 0]);
    }
    section(&mut bytes, 2, &body);
    bytes
}

/// Appends a section to a module or component.
pub fn section(bytes: &mut Vec<u8>, id: u8, body: &[u8]) {
    bytes.push(id);
    let mut length = body.len();
    while length >= 0x80 {
        bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap());
    bytes.extend_from_slice(body);
}

/// Constant data of a guest.
#[derive(Default)]
struct Data(Vec<u8>);

impl Data {
    fn put(&mut self, bytes: &[u8]) -> u32 {
        while !self.0.len().is_multiple_of(4) {
            self.0.push(0);
        }
        let at = DATA + u32::try_from(self.0.len()).unwrap();
        self.0.extend_from_slice(bytes);
        at
    }

    fn string(&mut self, text: &str) -> [u32; 2] {
        [
            self.put(text.as_bytes()),
            u32::try_from(text.len()).unwrap(),
        ]
    }

    fn words(&mut self, words: &[u32]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(&bytes)
    }

    fn strings(&mut self, texts: &[String]) -> [u32; 2] {
        let strings: Vec<_> = texts.iter().flat_map(|text| self.string(text)).collect();
        [self.words(&strings), u32::try_from(texts.len()).unwrap()]
    }

    fn parameters(&mut self, parameters: &[Parameter]) -> [u32; 2] {
        let mut words = vec![];
        for parameter in parameters {
            words.extend(self.string(&parameter.name));
            words.extend(self.string(&parameter.description));
            words.push(u32::from(parameter.required));
        }
        [self.words(&words), u32::try_from(parameters.len()).unwrap()]
    }

    fn manifest(&mut self, manifest: &Manifest) -> u32 {
        let parts = [
            self.string(&manifest.name),
            self.string(&manifest.version),
            self.string(&manifest.description),
            self.strings(&manifest.inputs),
            self.strings(&manifest.outputs),
            self.parameters(&manifest.parameters),
        ];
        self.words(parts.as_flattened())
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for byte in &self.0 {
            write!(text, "\\{byte:02x}").unwrap();
        }
        text
    }
}
