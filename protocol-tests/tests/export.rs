//! Holds everything that leaves the kit as JSON against the schemas that are published with it.

use std::path::{Path, PathBuf};

use jsonschema::{Registry, Validator};
use protocol_tests::export;
use protocol_tests::suite::Suite;
use serde_json::{Value, json};

#[test]
fn every_exported_case_and_vector_obeys_the_schema() {
    let schema = fixtures_schema();
    let (suite, document) = exported();
    let mut bad = Vec::new();
    let (mut cases, mut vectors) = (0, 0);
    for chapter in document["chapters"].as_array().unwrap() {
        for (part, count) in [("cases", &mut cases), ("vectors", &mut vectors)] {
            for element in chapter[part].as_array().unwrap() {
                // Each in a document of its own, so that a mistake is told with its id.
                let alone = alone(&document, chapter, part, element);
                bad.extend(schema.iter_errors(&alone).map(|error| format!("{}: {error}", element["id"])));
                *count += 1;
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    assert_eq!((cases, vectors), (suite.cases().count(), suite.vectors().count()));
}

#[test]
fn the_schema_refuses_what_is_no_fixture() {
    let schema = fixtures_schema();
    let (_, document) = exported();
    let mut chapters = document["chapters"].as_array().unwrap().iter();
    let (chapter, case) = chapters.find_map(|chapter| Some((chapter, chapter["cases"].get(0)?))).unwrap();
    let accepts = |change: &dyn Fn(&mut Value)| {
        let mut case = case.clone();
        change(&mut case["steps"][0]);
        schema.is_valid(&alone(&document, chapter, "cases", &case))
    };
    assert!(accepts(&|_| {}));
    assert!(!accepts(&|step| step["do"] = json!("dance")));
    assert!(!accepts(&|step| step["surprise"] = json!(1)));
    assert!(!accepts(&|step| drop(step.as_object_mut().unwrap().remove("line"))));
    assert!(!accepts(&|step| *step = json!({"do": "wait", "for": {"weeks": 1}, "line": 1, "source": ""})));
}

#[test]
fn no_text_is_left_that_would_have_to_be_taken_apart() {
    let (_, document) = exported();
    let mut found = Vec::new();
    strings(&document["chapters"], "", &mut |key, text| {
        // What stands in the chapter, and what is for people, is kept as it is.
        let prose = ["source", "sentence", "why", "live", "lax", "disputed", "title", "regex"].contains(&key);
        let places = ["{alice.", "{bob.", "{room", "{path}", "{maxPayload", "{any}", "{string", "{/", ":="];
        if !prose && places.iter().any(|place| text.contains(place)) {
            found.push(format!("{key}: {text}"));
        }
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn export_writes_the_document_beside_its_schemas() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("export");
    let (suite, document) = exported();
    let files = export::write(&suite, &fixtures(), &directory).unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["fixtures.json", "fixtures.schema.json", "adapter.schema.json"]);
    let written: Value = serde_json::from_slice(&std::fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(written, document);
    assert_eq!(document["chapters"][0]["file"], "README.md");
}

#[test]
fn every_line_in_the_adapters_readme_obeys_the_schema() {
    let schema = serde_json::from_str(export::ADAPTER_SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let lines: Vec<&str> = readme.lines().filter(|line| line.starts_with("    {")).collect();
    assert_eq!(lines.len(), 10);
    for line in lines {
        assert!(schema.is_valid(&serde_json::from_str(line).unwrap()), "{line}");
    }
}

fn exported() -> (Suite, Value) {
    let (suite, faults) = Suite::load(&fixtures());
    assert!(faults.is_empty(), "{faults:?}");
    let document = export::document(&suite, &fixtures());
    (suite, serde_json::from_str(&document).expect("the document is JSON"))
}

/// The schema refers to the other one by the name of its file.
fn fixtures_schema() -> Validator {
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("a schema is JSON");
    let sound = "the schemas are sound";
    let registry = Registry::new().add("file:///adapter.schema.json", parse(export::ADAPTER_SCHEMA));
    let registry = registry.and_then(jsonschema::RegistryBuilder::prepare).expect(sound);
    let options = jsonschema::options().with_base_uri("file:///fixtures.schema.json");
    options.with_registry(&registry).build(&parse(export::SCHEMA)).expect(sound)
}

/// The document with nothing in it but one case or vector.
fn alone(document: &Value, chapter: &Value, part: &str, element: &Value) -> Value {
    let mut small = json!({ "file": chapter["file"], "title": chapter["title"], "cases": [], "vectors": [] });
    small[part] = json!([element]);
    let mut alone = json!({ "chapters": [small] });
    for key in ["$schema", "suite", "version"] {
        alone[key] = document[key].clone();
    }
    alone
}

fn strings(value: &Value, key: &str, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => visit(key, text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, key, visit)),
        Value::Object(members) => members.iter().for_each(|(key, item)| strings(item, key, visit)),
        _ => {}
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}
