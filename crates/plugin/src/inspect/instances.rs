//! How many instances there will be.
//!
//! A component that instantiates twice one that instantiates twice another, and so on, makes exponentially many
//! instances out of a few bytes, and the compiler lays each of them out. So for every component is known how many
//! instances one of it makes, before anything is made.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Instance, Payload,
};

use crate::refusal::Refusal;

/// Of a component that is not defined here but handed over: as many as there can be. Filters have none such.
const UNKNOWN: usize = usize::MAX;

/// The components and modules that are open, the outermost first.
#[derive(Default)]
pub(super) struct Instances {
    open: Vec<Scope>,
}

#[derive(Default)]
struct Scope {
    /// for each component it can refer to, how many instances one of it makes
    components: Vec<usize>,
    /// how many one of itself makes
    instances: usize,
}

impl Instances {
    /// Follows the component's parts; gives how many instances the innermost open component makes so far.
    pub(super) fn take(&mut self, payload: &Payload<'_>) -> Result<usize, Refusal> {
        match payload {
            Payload::Version { encoding, .. } => self.begin(*encoding),
            Payload::End(_) => self.end(),
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    self.add(usize::from(matches!(
                        instance?,
                        Instance::Instantiate { .. }
                    )));
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    if let ComponentInstance::Instantiate {
                        component_index, ..
                    } = instance?
                    {
                        self.add(self.component(0, component_index));
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    if let ComponentTypeRef::Component(_) = import?.ty {
                        self.define(UNKNOWN);
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    self.alias(&alias?);
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Component {
                        self.define(self.component(0, export.index));
                    }
                }
            }
            _ => {}
        }
        Ok(self.open.last().map_or(0, |scope| scope.instances))
    }

    fn begin(&mut self, encoding: Encoding) {
        // A component's instance is one itself.
        let instances = usize::from(encoding == Encoding::Component);
        self.open.push(Scope {
            components: vec![],
            instances,
        });
    }

    fn end(&mut self) {
        let ended = self.open.pop().map_or(0, |scope| scope.instances);
        // A module's scope has none, and stands for no component.
        if ended > 0 {
            self.define(ended);
        }
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) {
        match alias {
            ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::Component,
                count,
                index,
            } => {
                self.define(self.component(*count, *index));
            }
            ComponentAlias::InstanceExport {
                kind: ComponentExternalKind::Component,
                ..
            } => self.define(UNKNOWN),
            _ => {}
        }
    }

    /// Of a component as an open one refers to it, so many scopes out.
    fn component(&self, out: u32, index: u32) -> usize {
        let scope = self.open.iter().rev().nth(out as usize);
        let instances = scope.and_then(|scope| scope.components.get(index as usize));
        instances.copied().unwrap_or(UNKNOWN)
    }

    fn define(&mut self, instances: usize) {
        if let Some(scope) = self.open.last_mut() {
            scope.components.push(instances);
        }
    }

    fn add(&mut self, instances: usize) {
        if let Some(scope) = self.open.last_mut() {
            scope.instances = scope.instances.saturating_add(instances);
        }
    }
}
