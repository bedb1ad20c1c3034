//! The contract `echo` (../../../CONTRACTS.md) on socketioxide.

use socketioxide::extract::{AckSender, Data, SocketRef, TryData};
use wire42_targets_socketioxide::{Args, builder, greet, serve};

#[tokio::main]
async fn main() {
    let (layer, io) = builder().build_layer();
    io.ns("/", async |socket: SocketRef, auth: TryData<_>| {
        greet(&socket, auth);
        socket.on("message", async |socket: SocketRef, Data::<Args>(args)| {
            socket.emit("message-back", &args).ok();
        });
        socket.on("message-with-ack", async |Data::<Args>(args), ack: AckSender| {
            ack.send(&args).ok();
        });
    });
    io.ns("/custom", async |socket: SocketRef, auth: TryData<_>| greet(&socket, auth));
    serve(layer).await;
}
