//! The table of all that is counted where it happens: for each series a line.
//!
//! ```text
//! Counter "name" "what it counts" {        a family of metrics
//!     Count [label = "value", …],          one of its series, and the word by which code counts it
//! }
//! ```
//!
//! `Refusals` are counters of which the log, too, is [told](crate::net::refusals). [`ROOMS`] lists what is counted
//! [under the locks of rooms](crate::hub::Totals).

use crate::engine_io::{Reason, Refusal};
use crate::hub::Totals;
use crate::net::admission::Full;

/// A family's name and what it means.
#[derive(Clone, Copy, Debug)]
pub(in crate::net) struct Head {
    pub(in crate::net) kind: Kind,
    pub(in crate::net) name: &'static str,
    pub(in crate::net) help: &'static str,
}

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::net) enum Kind {
    /// How often something happened.
    Counter,
    /// How often something was refused.
    Refusals,
    /// How much there is of something now.
    Gauge,
    /// How long something took.
    Histogram,
}

/// A name and a value; they tell a series from the others of its family.
pub(in crate::net) type Label = (&'static str, &'static str);

/// A family of metrics, and where the number of each series is found.
type Family<T> = (Head, &'static [(T, &'static [Label])]);

/// Finds a number among those of the rooms.
type OfRooms = fn(&Totals) -> u64;

macro_rules! table {
    ($($kind:ident $name:literal $help:literal {
        $($count:ident [$($label:ident = $value:literal),*],)+
    })+) => {
        /// What can be counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::net) enum Count { $($($count,)+)+ }

        impl Count {
            pub(super) const ALL: &[Count] = &[$($(Count::$count,)+)+];
        }

        /// The table.
        pub(super) const COUNTED: &[Family<Count>] = &[$((
            Head { kind: Kind::$kind, name: $name, help: $help },
            &[$((Count::$count, &[$((stringify!($label), $value)),*])),+],
        )),+];
    };
}

/// The same for what is found in [`Totals`].
macro_rules! of_rooms {
    ($($kind:ident $name:literal $help:literal {
        $($($field:ident).+ [$($label:ident = $value:literal),*],)+
    })+) => {
        /// What the rooms count.
        pub(super) const ROOMS: &[Family<OfRooms>] = &[$((
            Head { kind: Kind::$kind, name: $name, help: $help },
            &[$((|totals| totals.$($field).+ as u64, &[$((stringify!($label), $value)),*])),+],
        )),+];
    };
}

table! {
    Counter "wire42_connections_accepted_total" "TCP connections that were accepted." {
        Accepted [],
    }
    Gauge "wire42_connections" "TCP connections that are open, by what they speak." {
        OpenHttp [transport = "http"],
        OpenWebSocket [transport = "websocket"],
    }
    Counter "wire42_connections_let_go_total" "TCP connections that waited for a request, and made way for others." {
        LetGo [],
    }
    Refusals "wire42_tls_failures_total" "TLS handshakes that failed." {
        TlsFailed [],
    }
    Counter "wire42_handshakes_total" "Sessions that began, by the transport they were born on." {
        PollingHandshake [transport = "polling"],
        WebSocketHandshake [transport = "websocket"],
    }
    Counter "wire42_upgrades_total" "Sessions that moved from polling to a WebSocket." {
        Upgraded [],
    }
    Gauge "wire42_sessions" "Sessions that exist, by the transport that carries them." {
        PollingSessions [transport = "polling"],
        WebSocketSessions [transport = "websocket"],
    }
    Counter "wire42_sessions_closed_total" "Sessions that ended, by the reason." {
        ClosedByClient [reason = "transport_close"],
        ClosedByTransportError [reason = "transport_error"],
        ClosedByParseError [reason = "parse_error"],
        ClosedByPingTimeout [reason = "ping_timeout"],
        ClosedByForce [reason = "forced_close"],
        ClosedByBacklog [reason = "backlog"],
        ClosedByLag [reason = "lagged"],
        ClosedByNoRoom [reason = "max_incomplete"],
        ClosedByFlooding [reason = "flooding"],
        ClosedByApplication [reason = "kicked"],
        ClosedByShutdown [reason = "shutdown"],
        ClosedByPanic [reason = "panic"],
    }
    Refusals "wire42_refusals_total" "Requests that were refused, by HTTP status and, if it has one, Engine.IO's code." {
        UnknownTransport [status = "400", code = "0", reason = "transport_unknown"],
        SessionClosed [status = "400", code = "1", reason = "session_closed"],
        UnknownSession [status = "400", code = "1", reason = "session_id_unknown"],
        BadHandshakeMethod [status = "400", code = "2", reason = "bad_handshake_method"],
        BadRequest [status = "400", code = "3", reason = "bad_request"],
        Forbidden [status = "403", code = "4", reason = "forbidden"],
        UnsupportedVersion [status = "400", code = "5", reason = "unsupported_protocol_version"],
        UnwantedWebSocket [status = "101", code = "3", reason = "websocket_not_wanted"],
        Malformed [status = "400", code = "", reason = "malformed"],
        NotFound [status = "404", code = "", reason = "not_found"],
        MethodNotAllowed [status = "405", code = "", reason = "method_not_allowed"],
        TooSlow [status = "408", code = "", reason = "request_timeout"],
        BodyTooLarge [status = "413", code = "", reason = "payload_too_large"],
        UpgradeRequired [status = "426", code = "", reason = "upgrade_required"],
        HeadTooLarge [status = "431", code = "", reason = "head_too_large"],
        UnknownCoding [status = "501", code = "", reason = "unknown_transfer_coding"],
        ConnectionsTaken [status = "503", code = "", reason = "max_connections"],
        SessionsTaken [status = "503", code = "", reason = "max_sessions"],
        HandshakesTaken [status = "503", code = "", reason = "handshake_rate"],
        Draining [status = "503", code = "", reason = "draining"],
        NoRoom [status = "503", code = "", reason = "max_incomplete"],
    }
    Refusals "wire42_websocket_errors_total" "WebSockets whose peer broke the rules of RFC 6455 or the bound of a message, by the close code." {
        WebSocketProtocol [code = "1002"],
        WebSocketEncoding [code = "1007"],
        WebSocketTooLarge [code = "1009"],
    }
    Refusals "wire42_messages_without_room_total" "WebSockets that were closed amid a message, because of the bound on what is not complete." {
        MessageWithoutRoom [],
    }
    Gauge "wire42_incomplete_bytes" "Bytes of bodies and messages that are not complete, less those that are not counted." {
        Incomplete [],
    }
    Counter "wire42_traffic_bytes_total" "Bytes on TCP connections, by what these speak." {
        HttpBytesIn [direction = "in", transport = "http"],
        HttpBytesOut [direction = "out", transport = "http"],
        WebSocketBytesIn [direction = "in", transport = "websocket"],
        WebSocketBytesOut [direction = "out", transport = "websocket"],
    }
    Counter "wire42_deliveries_total" "Broadcasts and histories that were queued, each for one client." {
        Delivered [],
    }
    Gauge "wire42_queue_bytes" "Bytes that wait for clients to take them; what many wait for is held once and counted for each." {
        Queued [],
    }
}

of_rooms! {
    Counter "wire42_broadcasts_total" "Events that a room told to everyone in it." {
        broadcasts [],
    }
    Counter "wire42_lag_skips_total" "Clients that were given the newest history in place of what they had no room for." {
        skips [],
    }
    Refusals "wire42_connect_errors_total" "CONNECTs that were refused, by the reason." {
        turned_away.unknown [reason = "invalid_namespace"],
        turned_away.full [reason = "rooms_taken"],
        turned_away.too_many [reason = "too_many_namespaces"],
        turned_away.unreadable [reason = "history_unreadable"],
        turned_away.too_often [reason = "rate"],
        turned_away.unauthorized [reason = "unauthorized"],
        turned_away.rejected [reason = "application"],
    }
    Counter "wire42_recoveries_total" "Clients that showed the secret of a socket, by whether they are that socket again." {
        recovered [result = "recovered"],
        unrecovered [result = "unknown"],
    }
    Gauge "wire42_sockets_away" "Sockets that are gone and may come back." {
        away [],
    }
    Refusals "wire42_messages_unstored_total" "Messages that the store did not take." {
        unstored [],
    }
    Refusals "wire42_messages_throttled_total" "Messages and CONNECTs over the rate of their client." {
        throttled [],
    }
    Refusals "wire42_events_refused_total" "Events that the application did not accept." {
        refused [],
    }
    Gauge "wire42_rooms" "Rooms that exist." {
        rooms [],
    }
    Gauge "wire42_history_messages" "Messages that all rooms keep." {
        kept.messages [],
    }
    Gauge "wire42_history_bytes" "Bytes of the messages that all rooms keep." {
        kept.bytes [],
    }
}

impl Count {
    /// Finds the refusal that an answer with this status is; one that is none counts as nothing.
    pub(in crate::net) fn of_status(status: u16) -> Option<Self> {
        match status {
            ..400 => None,
            404 => Some(Count::NotFound),
            405 => Some(Count::MethodNotAllowed),
            408 => Some(Count::TooSlow),
            413 => Some(Count::BodyTooLarge),
            426 => Some(Count::UpgradeRequired),
            431 => Some(Count::HeadTooLarge),
            501 => Some(Count::UnknownCoding),
            503 => Some(Count::NoRoom),
            _ => Some(Count::Malformed),
        }
    }
}

impl From<Refusal> for Count {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownTransport => Count::UnknownTransport,
            Refusal::UnknownSession => Count::UnknownSession,
            Refusal::SessionClosed(_) => Count::SessionClosed,
            Refusal::BadHandshakeMethod => Count::BadHandshakeMethod,
            Refusal::BadRequest => Count::BadRequest,
            Refusal::Forbidden => Count::Forbidden,
            Refusal::UnsupportedVersion => Count::UnsupportedVersion,
        }
    }
}

impl From<Full> for Count {
    fn from(full: Full) -> Self {
        match full {
            Full::Connections => Count::ConnectionsTaken,
            Full::Sessions => Count::SessionsTaken,
            Full::Handshakes => Count::HandshakesTaken,
            Full::Draining => Count::Draining,
        }
    }
}

impl Count {
    /// Gives the word for why a session ended, or something was refused.
    pub(in crate::net) fn reason(self) -> &'static str {
        let series = COUNTED.iter().flat_map(|(_, series)| *series);
        let mut labels = series.filter(|(count, _)| *count == self).flat_map(|(_, labels)| *labels);
        labels.find(|(name, _)| *name == "reason").map_or("", |(_, value)| value)
    }
}

impl From<Reason> for Count {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::TransportClose => Count::ClosedByClient,
            Reason::TransportError => Count::ClosedByTransportError,
            Reason::ParseError => Count::ClosedByParseError,
            Reason::PingTimeout => Count::ClosedByPingTimeout,
            Reason::ForcedClose => Count::ClosedByForce,
            Reason::Backlog => Count::ClosedByBacklog,
            Reason::Lagged => Count::ClosedByLag,
            Reason::NoRoom => Count::ClosedByNoRoom,
            Reason::Flooding => Count::ClosedByFlooding,
            Reason::Kicked => Count::ClosedByApplication,
            Reason::Shutdown => Count::ClosedByShutdown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(count: Count) -> &'static [Label] {
        let series = COUNTED.iter().flat_map(|(_, series)| *series);
        series.filter(|(known, _)| *known == count).map(|(_, labels)| *labels).next().unwrap()
    }

    #[test]
    fn a_refusal_is_counted_under_its_code() {
        for refusal in [
            Refusal::UnknownTransport,
            Refusal::UnknownSession,
            Refusal::BadHandshakeMethod,
            Refusal::BadRequest,
            Refusal::Forbidden,
            Refusal::UnsupportedVersion,
        ] {
            let code = refusal.code().to_string();
            assert!(labels(refusal.into()).contains(&("code", &code)), "{refusal}");
        }
    }

    #[test]
    fn an_answer_is_counted_under_its_status() {
        for status in [400_u16, 404, 405, 408, 413, 426, 431, 501, 503] {
            let count = Count::of_status(status).unwrap();
            assert!(labels(count).contains(&("status", &status.to_string())), "{status}");
        }
        assert_eq!(Count::of_status(204), None);
    }
}
