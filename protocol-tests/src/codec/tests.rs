//! Adapters that misbehave, as scripts for a shell.

use super::*;

/// Answers the control, and does what the wire says.
const SCRIPT: &str = r#"
say() { id=${line#*:}; printf '{"id":%s,%s}\n' "${id%%,*}" "$1"; }
while read -r line; do
    case $line in
        *'"hello"'*)    say '"name":"scripted","decode":["sio-packet"],"encode":["sio-packet"]' ;;
        *encode*kit*)   say '"wire":[{"text":"2/kit,1[\"kit\",{\"a\":[1]}]"}]' ;;
        *kit*)          say '"packets":[{"type":"event","namespace":"/kit","id":1,"data":["kit",{"a":[1]}]}]' ;;
        *encode*)       say '"wire":[{"text":"2[\"sound\"]"}]' ;;
        *sound*)        say '"packets":[{"type":"event","data":["sound"]}]' ;;
        *garbage*)      echo 'Hello?' ;;
        *other*)        echo '{"id":1,"packets":[]}' ;;
        *hang*)         sleep 600 ;;
        *die*)          echo 'no such thing' >&2; exit 3 ;;
        *)              say '"error":"invalid-payload"' ;;
    esac
done
"#;

fn vectors(rows: &[&str]) -> Vec<Vector> {
    rows.iter().map(|row| Vector::read(Kind::SocketPacket, row).unwrap().unwrap()).collect()
}

fn play_rows(script: &str, rows: &[&str], verdicts: &[&str]) -> (String, u8) {
    let vectors = vectors(rows);
    let options =
        Options { adapter: script.to_owned(), patience: Duration::from_secs(1), ..Options::default() };
    let mut told = Vec::new();
    let results = run(&vectors.iter().collect::<Vec<_>>(), &options, &mut |played| told.push(played.id()));
    let words: Vec<String> =
        results.played.iter().map(|played| format!("{} {}", played.id(), played.verdict.word())).collect();
    assert_eq!(words, verdicts, "{}", results.text());
    assert_eq!(told.len(), words.len());
    (results.text(), results.exit_code())
}

#[test]
fn a_sound_codec_is_found_sound() {
    let (text, code) = play_rows(
        SCRIPT,
        &[r#"a  2["sound"]  = event ["sound"]"#, "b  2{}  ! invalid-payload", "c  2[]  ! bad-id"],
        &[
            "sio-packet/a[decode] OK",
            "sio-packet/a[encode] OK",
            "sio-packet/b[decode] OK",
            "sio-packet/c[decode] LAX",
        ],
    );
    assert!(text.contains("scripted: 4 runs of vectors: 3 OK 1 LAX"), "{text}");
    assert_eq!(code, 0);
}

#[test]
fn garbage_silence_and_death_are_named_and_the_run_goes_on() {
    let (text, code) = play_rows(
        SCRIPT,
        &[
            r#"a  2["garbage"]  ~ event ["garbage"]  SHOULD"#,
            r#"b  2["other"]    ~ event ["other"]"#,
            r#"c  2["hang"]     ~ event ["hang"]     INFO"#,
            r#"d  2["die"]      ~ event ["die"]"#,
            r#"e  2["sound"]    ~ event ["sound"]"#,
        ],
        &[
            "sio-packet/a[decode] FAIL",
            "sio-packet/b[decode] FAIL",
            "sio-packet/c[decode] CRASH",
            "sio-packet/d[decode] CRASH",
            "sio-packet/e[decode] OK",
        ],
    );
    for told in [
        "garbage: no JSON: expected a JSON value, in Hello?",
        "garbage: an answer to 1, not to ",
        "hung: no answer within 1s",
        "died: exit status: 3: no such thing",
        "wire: 2[\"die\"]",
    ] {
        assert!(text.contains(told), "{told} is not in {text}");
    }
    assert_eq!(code, 1);
}

#[test]
fn a_wrong_meaning_is_as_bad_as_its_level() {
    let (_, code) =
        play_rows(SCRIPT, &[r#"a  2["sound"]  ~ event ["sad"]  SHOULD"#], &["sio-packet/a[decode] WARN"]);
    assert_eq!(code, 0);
    let row = r#"a  2["sound"]  ~ event ["sad"]  MUST  disputed: a matter of opinion"#;
    let (text, code) = play_rows(SCRIPT, &[row], &["sio-packet/a[decode] FAIL"]);
    assert!(text.contains("(1 of the failures disputed)"), "{text}");
    assert_eq!(code, 0);
}

#[test]
fn who_refuses_everything_is_blocked() {
    let script = r#"
        while read -r line; do id=${line#*:}; printf '{"id":%s,"name":"null","error":"refused"}\n' "${id%%,*}"; done
    "#;
    let (text, code) = play_rows(script, &["a  2{}  ! invalid-payload"], &["sio-packet/a[decode] BLOCKED"]);
    assert!(text.contains("the positive control"), "{text}");
    assert_eq!(code, 3);
}

#[test]
fn who_does_not_start_is_blocked() {
    let row = ["a  2{}  ! invalid-payload"];
    let (text, code) = play_rows("exec no-such-adapter", &row, &["sio-packet/a[decode] BLOCKED"]);
    assert!(text.contains("died: exit status: 127") && text.contains("no-such-adapter"), "{text}");
    assert_eq!(code, 3);
}

#[test]
fn who_does_not_start_again_is_lost() {
    let once = std::env::temp_dir().join(format!("protocol-tests-once-{}", std::process::id()));
    let script = format!("[ -e {0} ] && exit 9; : > {0}\n{SCRIPT}", once.display());
    let rows = [r#"a  2["die"]  ~ event ["die"]"#, r#"b  2["sound"]  ~ event ["sound"]"#, "c  2{}  ! bad-id"];
    let verdicts =
        ["sio-packet/a[decode] CRASH", "sio-packet/b[decode] BLOCKED", "sio-packet/c[decode] BLOCKED"];
    let (text, code) = play_rows(&script, &rows, &verdicts);
    std::fs::remove_file(once).unwrap();
    assert!(text.contains("did not start again: died: exit status: 9"), "{text}");
    assert_eq!(code, 3);
}

#[test]
fn what_the_adapter_cannot_do_is_listed() {
    let vector = Vector::read(Kind::EnginePacket, r#"a  4x  = message "x""#).unwrap().unwrap();
    let options = Options { adapter: SCRIPT.to_owned(), ..Options::default() };
    let results = run(&[&vector], &options, &mut |_| {});
    assert!(results.text().contains("N/A (the adapter does not decode eio-packet): 1"), "{}", results.text());
    assert_eq!(results.exit_code(), 3, "nothing was run");
}
