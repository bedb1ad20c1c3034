//! The contract `plus` (../../../../CONTRACTS.md) on socketioxide; has groups, volatile, throw, shut-down.

mod answer;

use rmpv::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::handler::ConnectHandler;
use wire42_targets_socketioxide::{builder, greet, serve};

#[tokio::main]
async fn main() {
    let (layer, io) = builder().build_layer();
    io.ns("/", welcome);
    io.ns("/custom", welcome);
    io.ns("/deny", welcome.with(admit));
    io.dyn_ns("/kit-{room}", welcome).expect("the pattern is one");
    serve(layer).await;
}

async fn admit(TryData(auth): TryData<Value>) -> Result<(), &'static str> {
    if auth.is_ok_and(|auth| auth["admit"] == Value::from(true)) { Ok(()) } else { Err("denied") }
}

async fn welcome(socket: SocketRef, auth: TryData<Value>) {
    if ["/", "/custom"].contains(&socket.ns()) {
        greet(&socket, auth);
    }
    socket.on("throw", async || panic!("asked to"));
    socket.on("shut-down", async |io: SocketIo| {
        io.close().await;
        std::process::exit(0);
    });
    socket.on_fallback(answer::answer);
}
