//! The echo application and what only a server can begin, for the conformance kit.
//!
//! ```text
//! 42["emit-with-ack","a"]     ->  420["question","a"]
//! 430["yes"]                  ->  42["emit-with-ack-back","yes"]
//! 42["sleep",50,"z"]          ->  (50 ms) 42["sleep-back",50,"z"]
//! 40/deny,                    ->  44/deny,{"message":"denied","data":{"code":7}}
//! ```
//!
//! The contract is written down in `protocol-tests/targets/CONTRACTS.md`.
//!
//! ```
//! use wire42::app::{App, Effect, Plus, SocketId};
//! use wire42::now::Now;
//! use wire42::socket_io::Args;
//!
//! let john = SocketId::from("John");
//! let effects = Plus::new("/").event(&john, Args::event("disconnect-me", &["true"]), None, Now::default());
//! assert_eq!(effects, [Effect::Disconnect { transport: true }]);
//! ```

use std::time::Duration;

use super::json::last_members;
use super::{Ack, App, Effect, Note, Rejection, SocketId};
use crate::now::Now;
use crate::socket_io::{Args, MAX_ATTACHMENTS};

/// One namespace of the application.
#[derive(Debug)]
pub struct Plus {
    greets: bool,
    denies: bool,
}

impl Plus {
    /// Begins; what a namespace does depends on its name.
    pub fn new(namespace: &str) -> Self {
        Self { greets: ["/", "/custom"].contains(&namespace), denies: namespace == "/deny" }
    }
}

impl App for Plus {
    fn join(&mut self, _: &SocketId, auth: Option<&str>) -> Result<Vec<Effect>, Rejection> {
        let auth = auth.unwrap_or("{}");
        if self.denies && last_members(auth, ["admit"]) != Some([Some("true")]) {
            return Err(Rejection { message: "denied", data: Some(r#"{"code":7}"#) });
        }
        Ok(if self.greets { vec![Effect::Emit(Args::event("auth", &[auth]))] } else { Vec::new() })
    }

    fn event(&mut self, _: &SocketId, args: Args, ack: Option<Ack>, _: Now) -> Vec<Effect> {
        let is = |name| args.is_event(name);
        let (first, second) = (number(&args, 1), number(&args, 2));
        let effects = match (first, second) {
            _ if is("message") => return vec![Effect::Emit(args.renamed("message-back"))],
            _ if is("message-with-ack") => {
                return ack.map(|ack| Effect::Ack(ack, args.without_name())).into_iter().collect();
            }
            _ if is("disconnect-me") => {
                return vec![Effect::Disconnect { transport: args.elements().nth(1) == Some("true") }];
            }
            _ if is("emit-with-ack") => {
                return ask(args.clone().renamed("question"), PATIENCE, Note { args, ack });
            }
            (Some(ms @ ..=MAX_MS), _) if is("ack-timeout") => {
                let question = args.clone().without_name().without_name().with_name("question");
                return ask(question, Duration::from_millis(ms), Note { args, ack });
            }
            (Some(ms @ ..=MAX_MS), _) if is("sleep") => {
                return vec![Effect::Wake { after: Duration::from_millis(ms), note: Note { args, ack } }];
            }
            (Some(count @ ..=MAX_BURST), Some(size @ ..=MAX_SIZE)) if is("burst") => burst(count, size),
            (Some(count), _) if is("bin") && count <= MAX_ATTACHMENTS as u64 => {
                vec![Effect::Emit(bin(count))]
            }
            _ if is("broadcast") => vec![Effect::Broadcast(args.renamed("broadcast-back"))],
            _ => return Vec::new(),
        };
        answered(effects, ack)
    }

    fn resume(&mut self, _: &SocketId, note: Note, answer: Option<Args>) -> Vec<Effect> {
        let Note { args, ack } = note;
        let event = match answer {
            None if args.is_event("sleep") => args.renamed("sleep-back"),
            None if args.is_event("ack-timeout") => Args::event("ack-timeout-back", &[r#""timeout""#]),
            Some(answer) if args.is_event("ack-timeout") => {
                answer.with_name("answered").with_name("ack-timeout-back")
            }
            Some(answer) => answer.with_name("emit-with-ack-back"),
            None => return Vec::new(),
        };
        answered(vec![Effect::Emit(event)], ack)
    }

    /// Its events do not stand for one another.
    fn snapshot(&self) -> Option<Args> {
        None
    }

    fn refused(&self) -> u64 {
        0
    }
}

/// Puts the acknowledgement, if one is owed, behind all else.
fn answered(mut effects: Vec<Effect>, ack: Option<Ack>) -> Vec<Effect> {
    effects.extend(ack.map(|ack| Effect::Ack(ack, Args::written("[]".to_owned()))));
    effects
}

fn ask(event: Args, timeout: Duration, note: Note) -> Vec<Effect> {
    vec![Effect::EmitWithAck { event, timeout, note }]
}

fn burst(count: u64, size: u64) -> Vec<Effect> {
    let text = format!("\"{}\"", "x".repeat(usize::try_from(size).unwrap_or_default()));
    (0..count).map(|index| Effect::Emit(Args::event("burst-back", &[&index.to_string(), &text]))).collect()
}

/// Binary arguments: the first is one byte of 0, the second two of 1, and so on.
fn bin(count: u64) -> Args {
    let placeholders: Vec<String> =
        (0..count).map(|num| format!(r#"{{"_placeholder":true,"num":{num}}}"#)).collect();
    let placeholders: Vec<&str> = placeholders.iter().map(String::as_str).collect();
    let attachments = (0..count as u8).map(|byte| vec![byte; usize::from(byte) + 1]).collect();
    Args::event("bin-back", &placeholders).with_attachments(attachments)
}

fn number(args: &Args, index: usize) -> Option<u64> {
    args.elements().nth(index).and_then(|json| json.parse().ok())
}

/// For the answer to `emit-with-ack`.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the contract lets a client ask for.
const MAX_MS: u64 = 5_000;
const MAX_BURST: u64 = 1_000;
const MAX_SIZE: u64 = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &str) -> Vec<Effect> {
        Plus::new("/").event(
            &SocketId::from("x"),
            Args::parse(json).unwrap(),
            Some(Ack { id: 1 }),
            Now::default(),
        )
    }

    #[test]
    fn what_is_over_the_contract_causes_nothing() {
        for json in
            [r#"["burst",1001,1]"#, r#"["burst",1]"#, r#"["bin",11]"#, r#"["sleep",-1]"#, r#"["bin","x"]"#]
        {
            assert_eq!(event(json), [], "{json}");
        }
    }

    #[test]
    fn an_acknowledgement_comes_behind_all_else() {
        let effects = event(r#"["burst",2,0]"#);
        assert_eq!(effects.len(), 3);
        assert!(matches!(effects[2], Effect::Ack(Ack { id: 1 }, _)));
    }

    #[test]
    fn a_question_loses_the_time_and_keeps_the_rest() {
        let effects = event(r#"["ack-timeout",100,{"a":1},"b"]"#);
        let [Effect::EmitWithAck { event, timeout, .. }] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!((event.json(), timeout.as_millis()), (r#"["question",{"a":1},"b"]"#, 100));
    }

    #[test]
    fn who_has_no_leave_is_denied_with_data() {
        let mut deny = Plus::new("/deny");
        let john = SocketId::from("x");
        let rejection = deny.join(&john, None).unwrap_err();
        assert_eq!(rejection.to_json(), r#"{"message":"denied","data":{"code":7}}"#);
        assert_eq!(deny.join(&john, Some(r#"{"admit":true}"#)), Ok(vec![]));
    }
}
