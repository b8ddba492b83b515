//! One instance of a plugin, and how it is called: within a time, its failures told in our words.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::{Component, ComponentExportIndex, Func, Instance, InstancePre};
use wasmtime::{Store, UpdateDeadline};

use crate::engine::Inner;
use crate::failure::{Failure, Meeting};
use crate::host::Host;
use crate::limits::Exceeded;
use crate::run::{Budget, Spent};
use crate::ticker::Running;
use crate::world::{DESCRIBE, FILTER, PLUGIN, START};

/// Where the interface's functions are in a component.
#[derive(Clone, Copy)]
pub(crate) struct Exports {
    pub(crate) describe: ComponentExportIndex,
    pub(crate) start: ComponentExportIndex,
    pub(crate) filter: ComponentExportIndex,
}

impl Exports {
    pub(crate) fn of(component: &Component) -> wasmtime::Result<Self> {
        let missing = |name: &str| wasmtime::Error::msg(format!("the component has no {name}"));
        let plugin = component
            .get_export_index(None, PLUGIN)
            .ok_or_else(|| missing(PLUGIN))?;
        let function = |name: &str| {
            component
                .get_export_index(Some(&plugin), name)
                .ok_or_else(|| missing(name))
        };
        Ok(Self {
            describe: function(DESCRIBE)?,
            start: function(START)?,
            filter: function(FILTER)?,
        })
    }
}

/// An instance in a store of its own.
pub(crate) struct Guest {
    store: Store<Host>,
    instance: Option<Instance>,
    budget: Budget,
    /// of the budget, by others
    spent: Spent,
    time: Duration,
    dead: bool,
    engine: Arc<Inner>,
    /// the clock ticks as long as it lives
    _running: Running,
}

/// Fuel of a run that has no such limit.
const UNLIMITED: u64 = u64::MAX;

impl Guest {
    /// An empty store with the budget's fuel.
    pub(crate) fn new(engine: &Arc<Inner>, budget: Budget) -> Result<Self, Failure> {
        let mut store = Store::new(&engine.wasmtime, Host::new(&engine.limits));
        store.limiter(|host| host);
        store.set_hostcall_fuel(engine.limits.verdict_bytes);
        store.epoch_deadline_callback(|store| {
            store.data().check_deadline()?;
            Ok(UpdateDeadline::Continue(1))
        });
        store
            .set_fuel(budget.fuel.unwrap_or(UNLIMITED))
            .map_err(host)?;
        Ok(Self {
            store,
            instance: None,
            budget,
            spent: Spent::default(),
            time: Duration::ZERO,
            dead: false,
            engine: Arc::clone(engine),
            _running: engine.ticker.run(),
        })
    }

    /// Makes the instance: that runs code of the plugin's already.
    pub(crate) fn instantiate(&mut self, ready: &InstancePre<Host>) -> Result<(), Failure> {
        let limit = Exceeded::StartTime(self.engine.limits.start_time);
        let started = self.begin(limit)?;
        let instance = ready.instantiate(&mut self.store);
        self.end(started);
        match instance {
            Ok(instance) => {
                self.instance = Some(instance);
                Ok(())
            }
            Err(error) => {
                self.dead = true;
                Err(Failure::of_instantiation(error, &self.meeting()))
            }
        }
    }

    /// From now on the budget is what others have left of it.
    pub(crate) fn go_on(&mut self, spent: Spent) -> Result<(), Failure> {
        let fuel = self.budget.fuel.unwrap_or(UNLIMITED);
        self.store
            .set_fuel(fuel.saturating_sub(spent.fuel))
            .map_err(host)?;
        (self.spent, self.time) = (spent, spent.time);
        Ok(())
    }

    /// Calls a function of the interface, within the limit's time and the budget's.
    pub(crate) fn call<T>(
        &mut self,
        function: ComponentExportIndex,
        limit: Exceeded,
        call: impl FnOnce(Func, &mut Store<Host>) -> wasmtime::Result<T>,
    ) -> Result<T, Failure> {
        let function = self
            .instance
            .and_then(|instance| instance.get_func(&mut self.store, function));
        let function = function.filter(|_| !self.dead).ok_or(Failure::Dead)?;
        let started = self.begin(limit)?;
        let result = call(function, &mut self.store);
        self.end(started);
        result.map_err(|error| {
            self.dead = true;
            Failure::of_call(&error, &self.meeting())
        })
    }

    /// Sets the deadline: the limit's, or the budget's if that is sooner.
    fn begin(&mut self, limit: Exceeded) -> Result<Instant, Failure> {
        let left = self.budget.time.saturating_sub(self.time);
        let whole = Exceeded::Time(self.budget.time);
        if left.is_zero() {
            self.dead = true;
            return Err(Failure::Limit(whole));
        }
        let (time, limit) = match limit {
            Exceeded::StartTime(time) | Exceeded::BatchTime(time) if time <= left => (time, limit),
            _ => (left, whole),
        };
        let now = Instant::now();
        self.store.data_mut().set_deadline(now + time, limit);
        self.store.set_epoch_deadline(1);
        Ok(now)
    }

    fn end(&mut self, started: Instant) {
        self.time += started.elapsed();
    }

    fn meeting(&self) -> Meeting {
        Meeting {
            fuel: self.budget.fuel.unwrap_or(UNLIMITED),
            verdict_bytes: self.engine.limits.verdict_bytes,
        }
    }

    /// Marks it as failed: whoever reads its answers found them wrong.
    pub(crate) fn kill(&mut self) {
        self.dead = true;
    }

    pub(crate) fn time(&self) -> Duration {
        self.time.saturating_sub(self.spent.time)
    }

    pub(crate) fn host(&self) -> &Host {
        self.store.data()
    }

    pub(crate) fn fuel_used(&self) -> u64 {
        let left = self.store.get_fuel().unwrap_or(0);
        let fuel = self.budget.fuel.unwrap_or(UNLIMITED);
        fuel.saturating_sub(left).saturating_sub(self.spent.fuel)
    }
}

fn host(error: wasmtime::Error) -> Failure {
    Failure::Host {
        source: error.into_boxed_dyn_error(),
    }
}
