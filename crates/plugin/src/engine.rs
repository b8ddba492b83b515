//! The engine: one per process.

use std::io;
use std::sync::Arc;

use wasmtime::component::Component;

use crate::compiled::Compiled;
use crate::config;
use crate::guest::Exports;
use crate::host;
use crate::limits::{Exceeded, Limits};
use crate::plugin::Plugin;
use crate::ticker::Ticker;

/// Runs plugins. One per process, made once: it has a thread, which keeps the time of running plugins.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) limits: Limits,
    pub(crate) ticker: Ticker,
}

/// Why there is no engine, or a compiled plugin is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// wasmtime does not run here
    #[error("the plugin engine does not run on this machine: {source}")]
    Config {
        /// why
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// no thread
    #[error("the plugin engine's clock did not start: {source}")]
    Clock {
        /// why
        #[source]
        source: io::Error,
    },
    /// a form that is ours, and yet is not loaded
    #[error("the compiled plugin could not be loaded: {source}")]
    Load {
        /// why
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// it has more memories or tables than the limits allow
    #[error(transparent)]
    Limit(#[from] Exceeded),
}

impl Engine {
    /// An engine whose plugins have these limits.
    pub fn new(limits: Limits) -> Result<Self, EngineError> {
        let wasmtime = config::engine().map_err(|error| EngineError::Config {
            source: error.into_boxed_dyn_error(),
        })?;
        let ticking = wasmtime.clone();
        let ticker = Ticker::new(move || ticking.increment_epoch())
            .map_err(|source| EngineError::Clock { source })?;
        Ok(Self {
            inner: Arc::new(Inner {
                wasmtime,
                limits,
                ticker,
            }),
        })
    }

    /// The limits of its plugins.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Makes a compiled component ready to run.
    pub fn load(&self, compiled: &Compiled) -> Result<Plugin, EngineError> {
        let load = |error: wasmtime::Error| EngineError::Load {
            source: error.into_boxed_dyn_error(),
        };
        let component = deserialize(&self.inner.wasmtime, compiled).map_err(load)?;
        self.check(&component)?;
        let exports = Exports::of(&component).map_err(load)?;
        let ready = host::linker(&self.inner.wasmtime)
            .and_then(|linker| linker.instantiate_pre(&component))
            .map_err(load)?;
        Ok(Plugin::new(
            Arc::clone(&self.inner),
            ready,
            exports,
            compiled.component_digest(),
        ))
    }

    /// How many memories and tables it will have. wasmtime would refuse too many of them as well, but in its own words.
    fn check(&self, component: &Component) -> Result<(), Exceeded> {
        let limits = &self.inner.limits;
        let (memories, tables) = component
            .resources_required()
            // It imports a module: the inspection does not let such a component through.
            .map_or((u32::MAX, u32::MAX), |needed| {
                (needed.num_memories, needed.num_tables)
            });
        if memories > limits.memories {
            return Err(Exceeded::Memories(limits.memories));
        }
        if tables > limits.tables {
            return Err(Exceeded::Tables(limits.tables));
        }
        Ok(())
    }
}

/// The one unsafe call.
#[expect(
    unsafe_code,
    reason = "wasmtime runs a compiled form as it is. A `Compiled` holds only bytes that wasmtime has written: just \
              now, in this process or in the compiling child that this program started from itself; or earlier, \
              kept, and their SHA-256 equal to the one that the caller kept where only we can write. Its header says \
              that they are of this very version, configuration and target."
)]
fn deserialize(engine: &wasmtime::Engine, compiled: &Compiled) -> wasmtime::Result<Component> {
    // SAFETY: see the reason above.
    unsafe { Component::deserialize(engine, compiled.form()) }
}
