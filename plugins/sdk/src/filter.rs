//! The trait to implement, and the macro that makes a component of it.

use crate::{Batch, Failure, Manifest, Parameters, Verdict};

/// A filter of a report's events.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter yet",
    note = "write `impl activity_log_filter::Filter for {Self}`"
)]
pub trait Filter: Sized + 'static {
    /// What it is and what it reads.
    const MANIFEST: Manifest;

    /// Reads the report's parameters, once, before the first batch. The error is shown to whoever asked for the
    /// report: say which parameter is wrong, and how it should be.
    fn start(parameters: &Parameters) -> Result<Self, String>;

    /// Judges up to 4,096 events. The same events must get the same verdict however they are cut into batches.
    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure>;
}

/// Makes the component export a filter: `export!(MyFilter);`, once in a crate.
///
/// The crate's `Cargo.toml` needs, for the component:
///
/// ```toml
/// [lib]
/// crate-type = ["cdylib", "rlib"]
/// ```
///
/// A manifest that the upload would refuse does not compile:
///
/// ```compile_fail
/// use activity_log_filter::*;
/// struct Nameless;
/// impl Filter for Nameless {
///     const MANIFEST: Manifest = Manifest {
///         name: "",
///         version: "1.0.0",
///         description: "",
///         inputs: &[],
///         outputs: &[],
///         parameters: &[],
///     };
///     fn start(_: &Parameters) -> Result<Self, String> { Ok(Self) }
///     fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> { Ok(batch.keep(|_| true)) }
/// }
/// export!(Nameless);
/// ```
#[macro_export]
macro_rules! export {
    ($filter:ty) => {
        const _: () = <$filter as $crate::Filter>::MANIFEST.check();

        #[cfg(target_family = "wasm")]
        const _: () = {
            use ::std::{cell::OnceCell, result::Result, string::String, thread_local, vec::Vec};
            use $crate::bindings::activity_log::filter::types;

            thread_local! {
                static STARTED: OnceCell<$filter> = const { OnceCell::new() };
            }

            struct Exported;

            impl $crate::bindings::exports::activity_log::filter::plugin::Guest for Exported {
                fn describe() -> types::Manifest {
                    <$filter as $crate::Filter>::MANIFEST.to_wit()
                }

                fn start(parameters: Vec<(String, String)>) -> Result<(), String> {
                    let parameters = $crate::Parameters::new(parameters);
                    let filter = <$filter as $crate::Filter>::start(&parameters)?;
                    STARTED
                        .with(|started| started.set(filter))
                        .map_err(|_| String::from("started twice"))
                }

                fn filter(batch: $crate::Batch) -> Result<$crate::Verdict, $crate::Failure> {
                    STARTED.with(|started| match started.get() {
                        Some(filter) => <$filter as $crate::Filter>::filter(filter, &batch),
                        None => Err($crate::Failure::from("not started")),
                    })
                }
            }

    $crate::bindings::export_plugin!(Exported with_types_in $crate::bindings);
        };
    };
}
