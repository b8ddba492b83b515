//! AWS SDK configuration, the same for every function and for the command line.
//!
//! * TLS by rustls with ring (builds much faster than aws-lc). Root certificates are loaded on the
//!   first request to an `https` endpoint, not when a client is made: see [`http_client`].
//! * Endpoints come from `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL` or the profile, as in
//!   every AWS SDK; that is how the emulator is reached. `http` endpoints work.
//! * The region comes from the environment or the profile. The SDK's own chain would go on to ask
//!   the EC2 metadata service, which costs a Lambda or a laptop seconds for nothing; here a missing
//!   region is an error that names the variable.
//! * Connecting may take 1 s, an attempt 3.3 s, an operation 10 s; the standard retry mode makes up to 3 attempts with
//!   backoff (`AWS_MAX_ATTEMPTS` changes that). So a connection that died costs an attempt, not the operation.

mod config;
pub mod http_client;

pub use config::{ConfigError, from_env, timeouts, with_endpoint, with_static_credentials};
