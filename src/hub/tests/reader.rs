//! A client on a WebSocket that reads when it is told to.

use std::sync::Arc;
use std::time::Duration;

use super::super::{Door, Guest, Hub, HubConfig, Keeping};
use crate::app::{Chat, ChatConfig, SocketId};
use crate::bucket::Rate;
use crate::client::{Client, Terms};
use crate::engine_io::{Config, Input, Session};
use crate::now::Now;

pub(super) const NOW: Now = Now { mono: Duration::from_secs(1), unix: 0 };

pub(super) fn hub() -> Arc<Hub> {
    hub_with(None)
}

pub(super) fn hub_with(rate: Option<Rate>) -> Arc<Hub> {
    let open = Box::new(|_: &_| Box::new(Chat::new(ChatConfig::default())) as _);
    let doors = ["/", "/room-*"].iter().map(|door| Door::parse(door).unwrap()).collect();
    let mut count = 0;
    let ids = Box::new(move || {
        count += 1;
        SocketId::from(format!("socket{count}").as_str())
    });
    let keeping = Keeping::default();
    Arc::new(Hub::new(HubConfig { doors, max_namespaces: 100, rate, open, keeping }, ids))
}

pub(super) fn guest(hub: &Arc<Hub>, session: Session) -> Guest {
    Guest::new(Client::new(session, Terms::default(), NOW), hub.clone())
}

/// A client on a WebSocket that reads when it is told to.
pub(super) struct Reader {
    pub(super) guest: Guest,
    pub(super) now: Now,
}

impl Reader {
    pub(super) fn new(hub: &Arc<Hub>) -> Self {
        let session = Session::websocket("ws", Config::default(), NOW);
        Self { guest: guest(hub, session), now: NOW }
    }

    pub(super) fn joined(hub: &Arc<Hub>) -> Self {
        let mut reader = Self::new(hub);
        reader.say("40");
        reader.read();
        reader
    }

    pub(super) fn say(&mut self, text: &str) {
        self.guest.handle_input(Input::Text(text), self.now).unwrap_or_default();
    }

    pub(super) fn send(&mut self, input: &str) {
        self.say(&format!(r#"42["message",{{"name":"x","input":"{input}"}}]"#));
    }

    /// Lets the task of this client run, but nothing leave.
    pub(super) fn listen(&mut self) {
        self.guest.handle_broadcasts(self.now);
    }

    /// Reads all there is, as the packets that came.
    pub(super) fn read(&mut self) -> Vec<String> {
        self.listen();
        let mut packets = Vec::new();
        for _ in 0..2 {
            let slips = std::iter::from_fn(|| self.guest.poll_transmit());
            packets.extend(slips.map(|slip| String::from_utf8_lossy(slip.frame().bytes()).into_owned()));
            self.now.mono += Duration::from_millis(5);
            self.guest.handle_timeout(self.now);
        }
        packets
    }
}

/// The inputs of the messages in a history.
pub(super) fn inputs(packet: &str) -> Vec<&str> {
    packet.split(r#""message":""#).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}
