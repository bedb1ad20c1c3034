//! The contract `chat` (../../../../CONTRACTS.md) on socketioxide.

mod message;

use message::{Histories, Message};
use rmpv::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef, State};
use wire42_targets_socketioxide::{Args, builder, serve};

#[tokio::main]
async fn main() {
    let (layer, io) = builder().with_state(Histories::default()).build_layer();
    io.ns("/", join);
    io.dyn_ns("/kit-{room}", join).expect("the pattern is one");
    serve(layer).await;
}

async fn join(socket: SocketRef, State(histories): State<Histories>) {
    let mut histories = histories.lock().await;
    socket.emit("message", &histories.entry(socket.ns().to_owned()).or_default().messages).ok();
    socket.on("message", say);
}

async fn say(io: SocketIo, socket: SocketRef, all: State<Histories>, Data(args): Data<Args>, ack: AckSender) {
    let answer = |key: &str, value: Value| Value::Map(vec![(key.into(), value)]);
    let Some(message) = Message::read(socket.id.to_string(), &args) else {
        return drop(ack.send(&answer("error", "name and input must be strings".into())));
    };
    let mut histories = all.lock().await;
    let history = histories.entry(socket.ns().to_owned()).or_default();
    history.push(message);
    io.of(socket.ns()).expect("she is in it").emit("message", &history.messages).await.ok();
    ack.send(&answer("ok", true.into())).ok();
}
