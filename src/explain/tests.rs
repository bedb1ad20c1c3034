//! What is explained, held against the decoders; the words themselves are shown, and run, in `protocol-tests/explain/`.

use proptest::prelude::*;

use super::{Explained, Is, Reader, Side, brief, explain};
use crate::engine_io::Packet;
use crate::socket_io::Reassembly;

proptest! {
    #[test]
    fn what_it_says_is_what_the_decoder_does(
        text in r#"[0-7b]?([0-7]?([0-9]{0,2}-)?(/[a-z]{0,2},)?[0-9]{0,2}([\[{"]*("a"|1|"connect"|\{"_placeholder":true,"num":[01]\}|é)?[\]}" ]*)|[A-Za-z0-9+/=]{0,9})"#,
    ) {
        let packet = explain(&text).packets.remove(0);
        let is_in_order = match Packet::decode(&text) {
            Ok(Packet::Message(message)) => Reassembly::default().accept_text(message.to_owned()).is_ok(),
            other => other.is_ok(),
        };
        prop_assert_eq!(packet.error.is_none(), is_in_order, "{:?}", packet);
    }

    #[test]
    fn every_offset_is_within_the_text(input in "\\PC{0,10}(4[0-6][\\[{\"/,0-9a-z\u{1e}␞é-]{0,20}|(GET|POST) /?\\PC{0,20}[?&=EIO43#]{0,9})") {
        for packet in explain(&input).packets {
            prop_assert_eq!(input.get(packet.at..packet.at + packet.text.len()), Some(&*packet.text));
            assert_within(&packet);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut reader = Reader::default();
        reader.explain_bytes(&bytes).packets.iter().for_each(assert_within);
        reader.explain_bytes(&bytes);
    }
}

#[test]
fn parts_fill_a_packet_from_the_left() {
    for text in [r#"451-/a,12["x",{"_placeholder":true,"num":0}]"#, "2probe", "bAQID", "0{}", "41/admin"] {
        let mut end = 0;
        for part in &explain(text).packets[0].parts {
            assert_eq!(part.at, end, "{text}");
            end += part.length;
        }
        assert_eq!(end, text.len(), "{text}");
    }
}

#[test]
fn the_picture_of_a_separator_is_one_only_where_it_makes_sense() {
    assert_eq!(explain("4hi␞2").is, Is::Body);
    assert_eq!(explain("42[\"␞\"]").is, Is::Packet);
    assert_eq!(explain("42[\"␞\"]\u{1e}2").packets.len(), 2);
}

#[test]
fn an_attachment_may_belong_to_what_came_before_the_input() {
    assert!(explain("bAQID\u{1e}bAQID").packets.iter().all(|packet| packet.error.is_none()));
    assert!(explain("40\u{1e}bAQID").packets[1].error.is_some());
}

#[test]
fn who_sent_a_packet_makes_a_difference() {
    assert_eq!(brief("2", Side::Server), "PING");
    assert_eq!(brief("2", Side::Client), "PING, which is the server's to send");
    assert_eq!(brief("5", Side::Client), "UPGRADE to the WebSocket");
    assert_eq!(brief("5", Side::Server), "UPGRADE to the WebSocket, which is a client's to send");
}

fn assert_within(packet: &Explained) {
    let text = &packet.text;
    for part in &packet.parts {
        assert!(text.get(part.at..part.at + part.length).is_some(), "{packet:?}");
    }
    if let Some(error) = &packet.error {
        assert!(error.at <= text.len(), "{packet:?}");
    }
}
