//! What `plus` does with each event.

use rmpv::Value;
use socketioxide::extract::{AckSender, Data, Event, SocketRef};
use wire42_targets_socketioxide::Args;

pub async fn answer(socket: SocketRef, Event(name): Event, Data(args): Data<Args>, ack: AckSender) {
    let back = |args: Vec<Value>| drop(socket.emit(format!("{name}-back"), &Args(args)));
    match name.as_str() {
        "message" => return back(args.0),
        "message-with-ack" => return drop(ack.send(&args)),
        "emit-with-ack" | "ack-timeout" => {
            let bound = (name == "ack-timeout").then(|| args.time());
            let question = if bound.is_some() { args.rest() } else { args };
            let patient = socket.timeout(bound.unwrap_or(std::time::Duration::from_secs(9)));
            let Ok(asked) = patient.emit_with_ack::<_, Args>("question", &question) else { return };
            match (asked.await, bound) {
                (Ok(answer), Some(_)) => back([vec!["answered".into()], answer.0].concat()),
                (Ok(answer), None) => back(answer.0),
                (Err(_), Some(_)) => back(vec!["timeout".into()]),
                (Err(_), None) => return,
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
