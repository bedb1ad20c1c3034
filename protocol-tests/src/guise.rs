//! Lets the cases, which speak of the main namespace, be played in another one, or with credentials.
//!
//! ```text
//! --namespace /admin --auth '{"token":"x"}'
//! player  > 40               target  > 40/admin,{"token":"x"}
//! player  < 42["hello"]      target  < 42/admin,["hello"]
//! ```
//!
//! What names a namespace of its own is left alone, and so are frames and bytes made by hand. The log of a run shows what
//! the case says, not what was made of it.
//!
//! ```
//! use protocol_tests::guise::Guise;
//! let guise = Guise { namespace: "/admin".to_owned(), auth: "{}".to_owned() };
//! assert_eq!(guise.outward("40"), "40/admin,{}");
//! assert_eq!(guise.outward("421[\"x\"]"), "42/admin,1[\"x\"]");
//! assert_eq!(guise.inward("44/admin,{}"), "44{}");
//! ```

use std::time::Duration;

use crate::packet::Content;
use crate::target::{Act, Body, Event, Happening, Link, Opening, Outgoing, Request, Target};

/// What stands for the main namespace, and what a CONNECT that brings nothing shall bring.
#[derive(Clone, Debug, Default)]
pub struct Guise {
    /// The namespace with its slash; empty: the main one.
    pub namespace: String,
    /// JSON; empty: nothing.
    pub auth: String,
}

impl Guise {
    /// Tells whether nothing is to be changed.
    pub fn is_plain(&self) -> bool {
        self.namespace.is_empty() && self.auth.is_empty()
    }

    /// Turns a packet of the case into one of the target.
    pub fn outward(&self, packet: &str) -> String {
        let Some((head, rest)) = split(packet) else { return packet.to_owned() };
        if rest.starts_with('/') {
            return packet.to_owned();
        }
        let auth = if head == "40" && rest.is_empty() { &self.auth } else { rest };
        match self.namespace.as_str() {
            "" => format!("{head}{auth}"),
            namespace => format!("{head}{namespace},{auth}"),
        }
    }

    /// Turns a packet of the target into one of the case.
    pub fn inward(&self, packet: &str) -> String {
        let own = |rest: &str| rest.strip_prefix(&self.namespace).map(str::to_owned);
        match split(packet).and_then(|(head, rest)| Some((head, own(rest)?))) {
            Some((head, rest)) if rest.is_empty() => head.to_owned(),
            Some((head, rest)) => {
                rest.strip_prefix(',').map_or(packet.to_owned(), |rest| format!("{head}{rest}"))
            }
            None => packet.to_owned(),
        }
    }

    fn payload(bytes: &[u8], turn: impl Fn(&str) -> String) -> Vec<u8> {
        match std::str::from_utf8(bytes) {
            Ok(text) => text.split('\u{1e}').map(turn).collect::<Vec<_>>().join("\u{1e}").into_bytes(),
            Err(_) => bytes.to_vec(),
        }
    }
}

/// Splits `42` or `451-` from what follows in a Socket.IO packet.
fn split(packet: &str) -> Option<(&str, &str)> {
    let kind = packet.strip_prefix('4')?.chars().next().filter(|kind| ('0'..='6').contains(kind))?;
    let digits = packet[2..].bytes().take_while(u8::is_ascii_digit).count();
    let counted = matches!(kind, '5' | '6') && packet[2 + digits..].starts_with('-');
    Some(packet.split_at(if counted { 3 + digits } else { 2 }))
}

/// A target in a guise.
pub struct Guised<T> {
    target: T,
    guise: Guise,
}

impl<T: Target> Guised<T> {
    /// Puts the guise on.
    pub fn new(target: T, guise: Guise) -> Guised<T> {
        Guised { target, guise }
    }
}

impl<T: Target> Target for Guised<T> {
    fn now(&self) -> Duration {
        self.target.now()
    }

    fn pump(&mut self, until: Duration) -> bool {
        self.target.pump(until)
    }

    fn is_live(&self) -> bool {
        self.target.is_live()
    }

    fn request(&mut self, request: &Request) -> Link {
        let mut request = request.clone();
        if let Body::Whole(body) = &mut request.body {
            *body = Guise::payload(body, |packet| self.guise.outward(packet));
        }
        self.target.request(&request)
    }

    fn open(&mut self, opening: &Opening) -> Link {
        self.target.open(opening)
    }

    fn connect(&mut self) -> Link {
        self.target.connect()
    }

    fn send(&mut self, link: Link, what: Outgoing<'_>) {
        let Outgoing::Messages(messages) = what else { return self.target.send(link, what) };
        let turned = messages.iter().map(|message| match message {
            Content::Text(text) => Content::Text(self.guise.outward(text)),
            Content::Binary(bytes) => Content::Binary(bytes.clone()),
        });
        self.target.send(link, Outgoing::Messages(&turned.collect::<Vec<_>>()));
    }

    fn act(&mut self, link: Link, act: Act) {
        self.target.act(link, act);
    }

    fn event(&mut self, link: Link) -> Option<Event> {
        let mut event = self.target.event(link)?;
        match &mut event.what {
            Happening::Message(Content::Text(text)) => *text = self.guise.inward(text),
            Happening::Answer(response) if response.status == 200 => {
                response.body = Guise::payload(&response.body, |packet| self.guise.inward(packet));
            }
            _ => {}
        }
        Some(event)
    }

    fn lag(&self) -> Duration {
        self.target.lag()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guise() -> Guise {
        Guise { namespace: "/n".to_owned(), auth: "{\"t\":1}".to_owned() }
    }

    #[test]
    fn only_packets_of_the_main_namespace_are_turned() {
        for (case, target) in [
            ("40", "40/n,{\"t\":1}"),
            ("40{\"own\":1}", "40/n,{\"own\":1}"),
            ("41", "41/n,"),
            ("4212[\"a\"]", "42/n,12[\"a\"]"),
            ("452-3[\"a\"]", "452-/n,3[\"a\"]"),
            ("42/other,[\"a\"]", "42/other,[\"a\"]"),
            ("2probe", "2probe"),
            ("4abc", "4abc"),
            ("4", "4"),
        ] {
            assert_eq!(guise().outward(case), target);
        }
    }

    #[test]
    fn what_comes_from_elsewhere_keeps_its_name() {
        for (target, case) in [
            ("40/n,{\"sid\":\"x\"}", "40{\"sid\":\"x\"}"),
            ("41/n", "41"),
            ("451-/n,[\"a\"]", "451-[\"a\"]"),
            ("42/number,[\"a\"]", "42/number,[\"a\"]"),
            ("42[\"a\"]", "42[\"a\"]"),
            ("0{\"sid\":\"x\"}", "0{\"sid\":\"x\"}"),
        ] {
            assert_eq!(guise().inward(target), case);
        }
    }

    #[test]
    fn credentials_alone_leave_the_names_alone() {
        let guise = Guise { auth: "{\"t\":1}".to_owned(), ..Guise::default() };
        assert_eq!(guise.outward("40"), "40{\"t\":1}");
        assert_eq!(guise.outward("42[\"a\"]"), "42[\"a\"]");
        assert_eq!(guise.inward("42[\"a\"]"), "42[\"a\"]");
        assert_eq!(guise.inward("41"), "41");
    }
}
