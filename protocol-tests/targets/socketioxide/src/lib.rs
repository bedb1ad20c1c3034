//! What all contracts share: the times, the arguments, and an HTTP server.

mod args;

use std::time::Duration;

pub use args::Args;
use axum::Router;
use axum::serve::ListenerExt;
use rmpv::Value;
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::layer::SocketIoLayer;
use socketioxide::{SocketIo, SocketIoBuilder};
use tower_http::cors::CorsLayer;

/// Reads a number from the environment.
pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Reads a time in milliseconds from the environment.
pub fn millis(name: &str, default: u64) -> Duration {
    Duration::from_millis(number(name, default))
}

/// Begins a server with the times of the contract.
pub fn builder() -> SocketIoBuilder {
    SocketIo::builder()
        .ping_interval(millis("PING_INTERVAL", 1000))
        .ping_timeout(millis("PING_TIMEOUT", 1000))
        .connect_timeout(millis("CONNECT_TIMEOUT", 3000))
        .upgrade_timeout(millis("UPGRADE_TIMEOUT", 3000))
}

/// Emits `auth` with the object of the CONNECT.
pub fn greet(socket: &SocketRef, TryData(auth): TryData<Value>) {
    let auth = auth.ok().filter(|auth| !auth.is_nil()).unwrap_or(Value::Map(Vec::new()));
    socket.emit("auth", &auth).ok();
}

/// Serves the Socket.IO layer until the process is ended.
pub async fn serve(layer: SocketIoLayer) {
    listen(Router::new().layer(layer)).await;
}

/// Serves a router until the process is ended.
pub async fn listen(app: Router) {
    let port =
        std::env::args().nth(1).or_else(|| std::env::var("PORT").ok()).expect("a port as argument or PORT");
    let listener =
        tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("the port is free");
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    axum::serve(listener, app.layer(CorsLayer::permissive())).await.expect("it serves until it is ended");
}
