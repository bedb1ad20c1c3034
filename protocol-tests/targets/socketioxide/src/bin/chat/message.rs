//! A message of the chat, and all of them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rmpv::Value;
use serde::Serialize;
use tokio::sync::Mutex;
use wire42_targets_socketioxide::{Args, number};

/// By namespace. Held while a history is sent, so that everyone is sent the same order.
pub type Histories = Arc<Mutex<HashMap<String, History>>>;

/// The newest messages.
pub struct History {
    pub messages: VecDeque<Message>,
    kept: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    client_id: String,
    name: String,
    message: String,
    time_stamp: String,
}

impl Default for History {
    fn default() -> Self {
        Self { messages: VecDeque::new(), kept: number("HISTORY", 500) as usize }
    }
}

impl History {
    pub fn push(&mut self, message: Message) {
        self.messages.push_back(message);
        if self.messages.len() > self.kept {
            self.messages.pop_front();
        }
    }
}

impl Message {
    /// Reads what a client said; nothing if it is not of the right shape. A derived reader would take an array for the
    /// object and refuse repeated keys.
    pub fn read(client_id: String, args: &Args) -> Option<Message> {
        let keys = args.0.first()?.as_map()?;
        let value = |key| keys.iter().rfind(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value);
        let text = |key| value(key).and_then(Value::as_str).map(str::to_owned);
        Some(Message { client_id, name: text("name")?, message: text("input")?, time_stamp: india() })
    }
}

fn india() -> String {
    let minutes = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() / 60) + 330;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}
