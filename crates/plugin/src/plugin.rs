//! A plugin: what can be asked, and started.

use std::fmt;
use std::sync::{Arc, OnceLock};

use wasmtime::component::InstancePre;

use crate::engine::Inner;
use crate::failure::Failure;
use crate::guest::{Exports, Guest};
use crate::host::Host;
use crate::limits::Exceeded;
use crate::manifest::Manifest;
use crate::run::{Budget, Run, Spent};

/// A plugin that can be run, many times and at once. Clones are the same plugin.
#[derive(Clone)]
pub struct Plugin {
    loaded: Arc<Loaded>,
}

pub(crate) struct Loaded {
    pub(crate) engine: Arc<Inner>,
    pub(crate) exports: Exports,
    ready: InstancePre<Host>,
    component: [u8; 32],
    manifest: OnceLock<Manifest>,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin")
            .field("manifest", &self.loaded.manifest.get())
            .finish_non_exhaustive()
    }
}

impl Plugin {
    pub(crate) fn new(
        engine: Arc<Inner>,
        ready: InstancePre<Host>,
        exports: Exports,
        component: [u8; 32],
    ) -> Self {
        Self {
            loaded: Arc::new(Loaded {
                engine,
                exports,
                ready,
                component,
                manifest: OnceLock::new(),
            }),
        }
    }

    /// SHA-256 of the component it was compiled from.
    pub fn component_digest(&self) -> [u8; 32] {
        self.loaded.component
    }

    /// What the plugin says of itself, checked. It is asked once and its answer kept: it is constant.
    pub fn describe(&self) -> Result<Manifest, Failure> {
        self.manifest().cloned()
    }

    pub(crate) fn manifest(&self) -> Result<&Manifest, Failure> {
        if let Some(manifest) = self.loaded.manifest.get() {
            return Ok(manifest);
        }
        let manifest = self.ask()?;
        Ok(self.loaded.manifest.get_or_init(|| manifest))
    }

    fn ask(&self) -> Result<Manifest, Failure> {
        let Loaded {
            engine, exports, ..
        } = &*self.loaded;
        let time = engine.limits.start_time;
        let mut guest = self.instantiate(Budget {
            time: time * 2,
            fuel: None,
        })?;
        let limit = Exceeded::StartTime(time);
        let (manifest,) = guest.call(exports.describe, limit, |function, store| {
            function
                .typed::<(), (Manifest,)>(&mut *store)?
                .call(store, ())
        })?;
        manifest.check()?;
        Ok(manifest)
    }

    /// A new instance in a store of its own.
    pub(crate) fn instantiate(&self, budget: Budget) -> Result<Guest, Failure> {
        let mut guest = Guest::new(&self.loaded.engine, budget)?;
        guest.instantiate(&self.loaded.ready)?;
        Ok(guest)
    }

    /// Starts a run: a fresh instance, with a report's parameters.
    pub fn start(&self, parameters: &[(String, String)], budget: Budget) -> Result<Run, Failure> {
        let manifest = self.manifest()?;
        manifest.check_parameters_given(parameters)?;
        let (inputs, outputs) = (manifest.inputs.len(), manifest.outputs.len());
        let guest = self.instantiate(budget)?;
        Run::start(guest, Arc::clone(&self.loaded), parameters, inputs, outputs)
    }

    /// Starts a run that goes on where others stopped, which have used so much of the budget.
    pub fn resume(
        &self,
        parameters: &[(String, String)],
        budget: Budget,
        spent: Spent,
    ) -> Result<Run, Failure> {
        self.start(parameters, budget)?.going_on(spent)
    }
}
