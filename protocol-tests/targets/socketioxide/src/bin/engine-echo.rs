//! The contract `engine-echo` (../../CONTRACTS.md) on engineioxide.

use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use engineioxide::config::EngineIoConfig;
use engineioxide::handler::EngineIoHandler;
use engineioxide::layer::EngineIoLayer;
use engineioxide::{DisconnectReason, Socket, Str};
use wire42_targets_socketioxide::{listen, millis};

#[derive(Clone, Debug)]
struct Echo;

impl EngineIoHandler for Echo {
    type Data = ();

    fn on_connect(self: Arc<Self>, _: Arc<Socket<()>>) {}
    fn on_disconnect(&self, _: Arc<Socket<()>>, _: DisconnectReason) {}

    fn on_message(self: &Arc<Self>, message: Str, socket: Arc<Socket<()>>) {
        socket.emit(message).ok();
    }
    fn on_binary(self: &Arc<Self>, data: Bytes, socket: Arc<Socket<()>>) {
        socket.emit_binary(data).ok();
    }
}

#[tokio::main]
async fn main() {
    let config = EngineIoConfig::builder()
        .req_path("/socket.io/")
        .ping_interval(millis("PING_INTERVAL", 1000))
        .ping_timeout(millis("PING_TIMEOUT", 1000))
        .upgrade_timeout(millis("UPGRADE_TIMEOUT", 3000))
        .build();
    listen(Router::new().layer(EngineIoLayer::from_config(Arc::new(Echo), config))).await;
}
