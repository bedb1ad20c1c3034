//! What `plus` does with each event.

use std::time::Duration;

use rmpv::Value;
use socketioxide::extract::{AckSender, Data, Event, SocketRef};
use wire42_targets_socketioxide::Args;

pub async fn answer(socket: SocketRef, Event(name): Event, Data(args): Data<Args>, ack: AckSender) {
    let back = |args: Vec<Value>| drop(socket.emit(format!("{name}-back"), &Args(args)));
    match name.as_str() {
        "message" => return back(args.0),
        "message-with-ack" => return drop(ack.send(&args)),
        "emit-with-ack" | "ack-timeout" => {
            let is_bound = name == "ack-timeout";
            let (time, question) =
                if is_bound { (args.time(), args.rest()) } else { (Duration::from_secs(9), args) };
            let Ok(asked) = socket.timeout(time).emit_with_ack::<_, Args>("question", &question) else {
                return;
            };
            match asked.await {
                Ok(answer) => {
                    back(if is_bound { [vec!["answered".into()], answer.0].concat() } else { answer.0 })
                }
                Err(_) => back(vec!["timeout".into()]),
            }
        }
        "burst" => (0..args.number(0)).for_each(|i| back(vec![i.into(), args.letters(1).into()])),
        "bin" => back((0..args.number(0)).map(|i| Value::Binary(vec![i as u8; i as usize + 1])).collect()),
        "broadcast" => drop(socket.broadcast().emit("broadcast-back", &args).await),
        "sleep" => {
            tokio::time::sleep(args.time()).await;
            back(args.0);
        }
        "disconnect-me" if args.0 != [true.into()] => return drop(socket.disconnect()),
        "enter" => socket.join(args.texts(0)),
        "exit" => socket.leave(args.texts(0)),
        "to" => drop(socket.within(args.texts(0)).emit("to-back", &args.rest()).await),
        "volatile" => (0..args.number(0)).for_each(|i| drop(socket.volatile().emit("volatile-back", &i))),
        _ => return,
    }
    ack.send(&Args::default()).ok();
}
