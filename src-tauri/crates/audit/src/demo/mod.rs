//! The demo shop: a made-up shop on loopback, with faults planted in its tracking, to try an audit on and to test by.
//!
//! What is planted stands in `planted.json`; tests hold the audit to it. The pages forbid the browser (by a content
//! security policy) to load anything from elsewhere, so that looking at the shop sends nothing to any vendor.

mod shop;
mod tracking;

use std::{net::Ipv4Addr, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderValue, Method, Response, StatusCode, Uri, header},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use shop::{Answer, Shop};

use crate::{AuditError, Result};

/// What is planted where: every page with its installs and events, every finding with its pages.
pub const PLANTED: &str = include_str!("planted.json");

/// Nothing of a vendor is loaded when somebody opens a page in a browser.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      form-action 'self'";

/// The shop while it is served. Dropping it ends it.
#[derive(Debug)]
pub struct Demo {
    url: String,
    stop: CancellationToken,
}

impl Demo {
    /// Address of the home page.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends the shop; requests under way are answered.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until the shop is ended by [`Demo::stop`].
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Serves the shop on 127.0.0.1; port 0 takes any free one.
pub async fn serve(port: u16) -> Result<Demo> {
    let cannot = |e: std::io::Error| AuditError::CannotServe { port, source: e };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    let url = format!("http://{address}/");
    let shop = Arc::new(Shop::new(url.trim_end_matches('/')));
    let app = Router::new().fallback(respond).with_state(shop);
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move {
        // The only errors are those of single connections, which the server has dealt with.
        let _ = axum::serve(listener, app).with_graceful_shutdown(stopped).await;
    });
    Ok(Demo { url, stop })
}

async fn respond(State(shop): State<Arc<Shop>>, method: Method, uri: Uri) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "This shop only shows pages.\n".to_owned());
    }
    let answer = shop.answer(uri.path(), uri.query().unwrap_or_default());
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(location) = answer.location {
        headers.insert(header::LOCATION, HeaderValue::from_static(location));
    }
    response
}

fn plain(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests;
