//! Counts a component's parts, and stops at the first that are too many or too large.

use wasmparser::{FunctionBody, Parser, Payload, SectionLimited};

use super::instances::Instances;
use crate::limits::{Counts, Limits};
use crate::refusal::Refusal;

/// What was counted so far.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) modules: usize,
    pub(super) bodies: usize,
    pub(super) components: usize,
    instances: usize,
    types: usize,
    imports: usize,
    exports: usize,
    functions: usize,
    globals: usize,
    tables: usize,
    memories: usize,
    element_segments: usize,
    data_segments: usize,
    /// bodies of the present module
    function: usize,
    open: Instances,
}

pub(super) fn count(component: &[u8], limits: &Limits) -> Result<Counted, Refusal> {
    let mut counted = Counted::default();
    for payload in Parser::new(0).parse_all(component) {
        counted.take(&payload?, limits)?;
    }
    Ok(counted)
}

impl Counted {
    fn take(&mut self, payload: &Payload<'_>, limits: &Limits) -> Result<(), Refusal> {
        self.instances = self.open.take(payload)?;
        match payload {
            Payload::ModuleSection { .. } => {
                self.modules += 1;
                self.function = 0;
            }
            Payload::ComponentSection { .. } => self.components += 1,
            Payload::CodeSectionEntry(body) => self.body(body, limits)?,
            _ => self.take_section(payload),
        }
        self.check(&limits.counts)
    }

    /// Sections whose entries are only counted.
    fn take_section(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::TypeSection(section) => add(&mut self.types, section),
            Payload::CoreTypeSection(section) => add(&mut self.types, section),
            Payload::ComponentTypeSection(section) => add(&mut self.types, section),
            Payload::ImportSection(section) => add(&mut self.imports, section),
            Payload::ComponentImportSection(section) => add(&mut self.imports, section),
            Payload::ExportSection(section) => add(&mut self.exports, section),
            Payload::ComponentExportSection(section) => add(&mut self.exports, section),
            Payload::FunctionSection(section) => add(&mut self.functions, section),
            Payload::ComponentAliasSection(section) => add(&mut self.functions, section),
            Payload::ComponentCanonicalSection(section) => add(&mut self.functions, section),
            Payload::GlobalSection(section) => add(&mut self.globals, section),
            Payload::TableSection(section) => add(&mut self.tables, section),
            Payload::MemorySection(section) => add(&mut self.memories, section),
            Payload::ElementSection(section) => add(&mut self.element_segments, section),
            Payload::DataSection(section) => add(&mut self.data_segments, section),
            _ => {}
        }
    }

    fn body(&mut self, body: &FunctionBody<'_>, limits: &Limits) -> Result<(), Refusal> {
        let (module, function) = (self.modules.saturating_sub(1), self.function);
        self.bodies += 1;
        self.function += 1;
        let bytes = body.range().len();
        if bytes > limits.function_bytes {
            return Err(Refusal::FunctionSize {
                module,
                function,
                bytes,
                max: limits.function_bytes,
            });
        }
        let mut locals = 0;
        for group in body.get_locals_reader()? {
            locals += u64::from(group?.0);
        }
        if locals > u64::from(limits.function_locals) {
            return Err(Refusal::FunctionLocals {
                module,
                function,
                locals,
                max: limits.function_locals,
            });
        }
        Ok(())
    }

    fn check(&self, max: &Counts) -> Result<(), Refusal> {
        let counts = [
            ("modules", self.modules, max.modules),
            ("nested components", self.components, max.components),
            ("instances", self.instances, max.instances),
            ("types", self.types, max.types),
            ("imports", self.imports, max.imports),
            ("exports", self.exports, max.exports),
            ("functions", self.functions, max.functions),
            ("globals", self.globals, max.globals),
            ("tables", self.tables, max.tables),
            ("memories", self.memories, max.memories),
            (
                "element segments",
                self.element_segments,
                max.element_segments,
            ),
            ("data segments", self.data_segments, max.data_segments),
        ];
        match counts.into_iter().find(|(_, found, max)| found > max) {
            Some((what, found, max)) => Err(Refusal::Count { what, found, max }),
            None => Ok(()),
        }
    }
}

fn add<T>(count: &mut usize, section: &SectionLimited<'_, T>) {
    *count += usize::try_from(section.count()).unwrap_or(usize::MAX / 64);
}
