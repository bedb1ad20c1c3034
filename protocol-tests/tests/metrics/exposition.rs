//! A strict reader of Prometheus' text format, version 0.0.4: what is not as it should be is a failed test.

use std::collections::{BTreeMap, BTreeSet};

/// A page, family by family.
#[derive(Debug)]
pub(crate) struct Page(pub(crate) Vec<Family>);

/// The metrics of one name.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) samples: Vec<Sample>,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: f64,
}

impl Page {
    /// Reads a page.
    pub(crate) fn parse(text: &str) -> Page {
        assert!(text.ends_with('\n'), "the last line ends");
        let mut families: Vec<Family> = Vec::new();
        let mut help = None;
        for line in text.strip_suffix('\n').unwrap_or_default().split('\n') {
            match line.strip_prefix("# ").map(|rest| rest.splitn(3, ' ').collect::<Vec<_>>()) {
                Some(words) => match words[..] {
                    ["HELP", name, text] => {
                        assert!(!text.is_empty() && help.is_none(), "a help for each type: {line}");
                        help = Some(name.to_owned());
                    }
                    ["TYPE", name, kind] => {
                        assert_eq!(
                            help.take().as_deref(),
                            Some(name),
                            "a type stands behind its help: {line}"
                        );
                        families.push(Family::begin(name, kind));
                    }
                    _ => panic!("neither help nor type: {line}"),
                },
                None => {
                    assert_eq!(help, None, "between help and type stands nothing: {line}");
                    families.last_mut().expect("a sample has a family").samples.push(Sample::parse(line));
                }
            }
        }
        families.iter().for_each(Family::check);
        let names: BTreeSet<_> = families.iter().map(|family| &family.name).collect();
        assert_eq!(names.len(), families.len(), "a family is there once");
        Page(families)
    }

    /// Gives each series with its labels, as it stands on the page.
    pub(crate) fn values(&self) -> BTreeMap<String, f64> {
        let samples = self.0.iter().flat_map(|family| &family.samples);
        samples.map(|sample| (sample.series(), sample.value)).collect()
    }
}

impl Family {
    fn begin(name: &str, kind: &str) -> Family {
        assert!(is_name(name), "{name} is a name");
        assert!(["counter", "gauge", "histogram"].contains(&kind), "{name} has a type: {kind}");
        assert_eq!(
            kind == "counter",
            name.ends_with("_total"),
            "a counter, and nothing else, is a total: {name}"
        );
        Family { name: name.to_owned(), kind: kind.to_owned(), samples: Vec::new() }
    }

    fn check(&self) {
        assert!(!self.samples.is_empty(), "{} has samples", self.name);
        let series: BTreeSet<_> = self.samples.iter().map(Sample::series).collect();
        assert_eq!(series.len(), self.samples.len(), "{}: a series is there once", self.name);
        if self.kind == "histogram" {
            return self.check_histogram();
        }
        for sample in &self.samples {
            assert_eq!(sample.name, self.name);
            assert!(self.kind == "gauge" || sample.value >= 0.0, "a counter is not negative: {sample:?}");
        }
    }

    /// Cumulative buckets up to `+Inf`, then the sum, then the count, which is that of the last bucket.
    fn check_histogram(&self) {
        let named = |suffix: &str| {
            let name = format!("{}_{suffix}", self.name);
            self.samples.iter().filter(move |sample| sample.name == name).collect::<Vec<_>>()
        };
        let (buckets, sums, counts) = (named("bucket"), named("sum"), named("count"));
        assert_eq!(buckets.len() + 2, self.samples.len(), "{} has nothing else", self.name);
        let bound = |sample: &Sample| match &sample.labels[..] {
            [(name, value)] if name == "le" => number(value),
            labels => panic!("a bucket has a bound and nothing else: {labels:?}"),
        };
        assert!(buckets.is_sorted_by(|a, b| bound(a) < bound(b) && a.value <= b.value), "{buckets:?}");
        let last = buckets.last().expect("a histogram has buckets");
        assert_eq!(bound(last), f64::INFINITY);
        assert_eq!((sums.len(), counts.len(), last.value), (1, 1, counts[0].value));
    }
}

impl Sample {
    fn parse(line: &str) -> Sample {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
        let (name, labels) = match series.split_once('{') {
            None => (series, Vec::new()),
            Some((name, rest)) => {
                let inside = rest.strip_suffix('}').unwrap_or_else(|| panic!("labels do not end: {line}"));
                (name, parse_labels(inside))
            }
        };
        assert!(is_name(name), "{line}");
        Sample { name: name.to_owned(), labels, value: number(value) }
    }

    fn series(&self) -> String {
        let labels = self.labels.iter().map(|(name, value)| format!(" {name}={value}"));
        labels.fold(self.name.clone(), |series, label| series + &label)
    }
}

fn parse_labels(mut rest: &str) -> Vec<(String, String)> {
    let mut labels: Vec<(String, String)> = Vec::new();
    loop {
        let (name, behind) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {rest}"));
        assert!(is_name(name) && !name.contains(':'), "{name} is the name of a label");
        assert!(labels.iter().all(|(known, _)| known != name), "{name} is there once");
        let mut value = String::new();
        let mut characters = behind.chars();
        loop {
            match characters.next().expect("a value ends with a quote") {
                '"' => break,
                '\\' => value.push(match characters.next() {
                    Some('n') => '\n',
                    Some(escaped @ ('\\' | '"')) => escaped,
                    other => panic!("no such escape: {other:?}"),
                }),
                character => value.push(character),
            }
        }
        labels.push((name.to_owned(), value));
        match characters.as_str() {
            "" => return labels,
            more => rest = more.strip_prefix(',').unwrap_or_else(|| panic!("no comma: {more}")),
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
    text.bytes().all(is_plain) && !text.starts_with(|first: char| first.is_ascii_digit()) && !text.is_empty()
}

fn number(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        _ => text.parse().unwrap_or_else(|_| panic!("no number: {text}")),
    }
}
