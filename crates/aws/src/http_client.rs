//! The HTTP client under the SDK, which loads root certificates only when it must.
//!
//! The SDK's own client builds its TLS configuration when a *service client* is made: it reads and
//! parses the machine's root certificates (Debian's 145: 3 to 8 ms, against 0.1 ms without), once per
//! client, even where every endpoint is plain `http`. This one decides per request, by scheme: an `http`
//! request goes through a connector without roots (an `https` redirect there would fail, closed),
//! the first `https` request builds the real one.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// An HTTP client with rustls and ring, over the machine's root certificates.
///
/// Clients of one configuration share it, and with it connections and certificates.
pub fn lazy() -> SharedHttpClient {
    SharedHttpClient::new(LazyClient(Arc::new(ByScheme {
        plain: client(TrustStore::empty()),
        secure: LazyLock::new(|| client(TrustStore::default())),
    })))
}

/// A connector for requests to one origin that are signed by hand: with TLS as above for `https://…`,
/// without roots for `http://…`.
pub fn connector(
    origin: &str,
    connect_timeout: Duration,
    read_timeout: Duration,
) -> SharedHttpConnector {
    let roots = if origin.starts_with("http://") {
        TrustStore::empty()
    } else {
        TrustStore::default()
    };
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(connect_timeout)
        .read_timeout(read_timeout)
        .build();
    let builder = Connector::builder()
        .connector_settings(settings)
        .tls_provider(Provider::Rustls(CryptoMode::Ring));
    SharedHttpConnector::new(
        match TlsContext::builder().with_trust_store(roots).build() {
            Ok(context) => builder.tls_context(context).build(),
            Err(_) => builder.build(),
        },
    )
}

fn client(roots: TrustStore) -> SharedHttpClient {
    let builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    match TlsContext::builder().with_trust_store(roots).build() {
        Ok(context) => builder.tls_context(context).build_https(),
        // The library's builder refuses nothing today; its default context has the native roots.
        Err(_) => builder.build_https(),
    }
}

#[derive(Debug)]
struct LazyClient(Arc<ByScheme>);

#[derive(Debug)]
struct ByScheme {
    plain: SharedHttpClient,
    secure: LazyLock<SharedHttpClient>,
}

// `validate_base_client_config` keeps its default, which does nothing: the SDK's client loads the
// certificates there.
impl HttpClient for LazyClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(LazyConnector {
            clients: Arc::clone(&self.0),
            settings: settings.clone(),
            components: components.clone(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.plain.connector_metadata()
    }
}

#[derive(Debug)]
struct LazyConnector {
    clients: Arc<ByScheme>,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for LazyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = if request.uri().starts_with("http://") {
            &self.clients.plain
        } else {
            &*self.clients.secure
        };
        client
            .http_connector(&self.settings, &self.components)
            .call(request)
    }
}
