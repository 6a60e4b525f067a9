//! Pages of made-up studies: what they say, what they escape, that they are complete and always the same.
#![allow(clippy::disallowed_methods, reason = "the browser test reads the pages from files")]

use std::fs;
use std::path::Path;

use imesim::report::data::{CompareData, Range, StudyData};
use imesim::report::{compare_page, page};
use serde_json::Value;

#[cfg(feature = "check")]
#[path = "report/explore.rs"]
mod explore;
#[cfg(feature = "log")]
#[path = "report/logs.rs"]
mod logs;
#[path = "report/sample.rs"]
mod sample;

use sample::{Shape, compared, study};

/// What stands between the markers, which must be there.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).expect("the beginning is there").1;
    rest.split_once(to).expect("the end is there").0
}

fn embedded(page: &str) -> &str {
    between(page, "<script type=\"application/json\" id=\"data\">", "</script>")
}

/// The page without script, style and data: what is there to be read.
fn visible(page: &str) -> &str {
    between(page, "<body", "<script type=\"application/json\"")
}

#[test]
fn a_page_carries_its_data_whole() {
    let small = Shape { bins: 10_000, bin_secs: 87, seeds: 2, ..Shape::usual() };
    let study = study(&small);
    let read: StudyData = serde_json::from_str(embedded(&page(&study))).expect("it is JSON");
    assert_eq!(read, study);
    assert_eq!(read.curves[0].median.len(), 10_000);

    let both = compared();
    let read: CompareData = serde_json::from_str(embedded(&compare_page(&both))).expect("it is JSON");
    assert_eq!(read, both);
}

#[test]
fn the_form_of_the_data_is_the_agreed_one() {
    let value = serde_json::to_value(compared()).expect("it can be written");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ");
    let a = &value["a"];
    assert_eq!(
        keys(a),
        "about band bin_secs bins cohorts command curves device_command devices digests duration_secs events freshness \
         herd load parameters partial population schema seeds start state stragglers times title"
    );
    assert_eq!(keys(&a["curves"][0]), "content high kind low median ring targeted");
    assert_eq!(keys(&a["times"][0]), "content kind p50 p90 p95 p99 ring targeted");
    assert_eq!(keys(&a["load"][0]), "high label low median name unit");
    assert_eq!(keys(&a["herd"]), "mean_milli outages peak peak_at_secs peak_to_mean_milli");
    assert_eq!(keys(&a["stragglers"][0]), "cause content count examples kind label");
    assert_eq!(keys(&value["differences"][0]), "a b difference unit verdict what");
    assert_eq!((a["curves"][0]["kind"].as_str(), value["schema"].as_u64()), (Some("script"), Some(1)));
    assert_eq!(value["differences"][2]["verdict"], "no difference shown");
    assert!(!value.to_string().contains("1.5"), "there are no fractions");
}

#[test]
fn equal_data_give_equal_pages() {
    let study = study(&Shape::usual());
    assert_eq!(page(&study), page(&study.clone()));
}

#[test]
fn the_sections_come_in_their_order() {
    let text = page(&study(&Shape::usual()));
    let ids: Vec<&str> =
        text.split("<section id=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or("")).collect();
    let order = ["summary", "rollout", "times", "stragglers", "load", "state", "freshness", "parameters", "method"];
    assert_eq!(ids, order);
}

/// A text that would do harm wherever it is not escaped.
const HOSTILE: &str = "</script><script>alert(1)</script><!--\"'><img src=x onerror=alert(1)> & {N}";

#[test]
fn every_text_is_escaped() {
    let mut study = study(&Shape::usual());
    study.title = HOSTILE.into();
    study.about = HOSTILE.into();
    study.population = Some(HOSTILE.into());
    study.digests[0] = HOSTILE.into();
    study.start = HOSTILE.into();
    study.band.method = HOSTILE.into();
    (study.command, study.device_command) = (HOSTILE.into(), HOSTILE.into());
    study.freshness.label = HOSTILE.into();
    for curve in &mut study.curves {
        (curve.content, curve.ring) = (HOSTILE.into(), HOSTILE.into());
    }
    for row in &mut study.times {
        (row.content, row.ring) = (HOSTILE.into(), HOSTILE.into());
    }
    for series in study.load.iter_mut().chain(&mut study.state) {
        (series.name, series.label, series.unit) = (HOSTILE.into(), HOSTILE.into(), HOSTILE.into());
    }
    for row in &mut study.stragglers {
        (row.content, row.cause, row.label) = (HOSTILE.into(), HOSTILE.into(), HOSTILE.into());
        row.examples[0].name = HOSTILE.into();
    }
    for row in &mut study.parameters {
        (row.name, row.value) = (HOSTILE.into(), HOSTILE.into());
        (row.standing, row.rule) = (HOSTILE.into(), HOSTILE.into());
    }
    let mut both = compared();
    both.differences[0].what = HOSTILE.into();
    both.differences[1].unit = HOSTILE.into();
    (both.a, both.b) = (study.clone(), study.clone());
    for text in [page(&study), compare_page(&both)] {
        assert_eq!(text.matches("<script").count(), 2, "data and script");
        assert!(!text.contains("<img") && !text.contains("<!--"));
        assert!(!embedded(&text).contains('<'));
        assert!(visible(&text).contains("&lt;/script&gt;"));
    }
    write("hostile.html", &page(&study));
}

#[test]
fn no_element_has_an_attribute_twice() {
    for text in [page(&study(&Shape::usual())), compare_page(&compared())] {
        let tags = visible(&text).split('<').filter_map(|rest| rest.split_once('>'));
        for (tag, _) in tags {
            assert!(tag.matches(" class=\"").count() < 2 && tag.matches(" id=\"").count() < 2, "{tag}");
        }
        let mut ids: Vec<&str> =
            visible(&text).split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id is there twice");
    }
}

#[test]
fn a_page_asks_for_nothing_from_elsewhere() {
    let study = study(&Shape::usual());
    for text in [page(&study), compare_page(&compared())] {
        assert!(text.contains("default-src 'none'; script-src 'sha256-"));
        assert!(!text.contains("unsafe-inline") && !text.contains(" style=\"") && !text.contains("@import"));
        for address in [" src=", "<link rel=\"stylesheet", "url(http", "fetch(", "XMLHttpRequest", "WebSocket"] {
            assert!(!text.contains(address), "{address}");
        }
        assert!(!visible(&text).contains("://"));
    }
}

#[test]
fn the_answer_is_one_sentence() {
    let text = page(&study(&Shape::usual()));
    assert!(text.contains("95 % after "), "a share that was reached");
    assert!(text.contains("95 % not within this run</span> for 100,000 devices; 90 % after "), "one that was not");
    assert!(text.contains(" for 100,000 devices."));
    assert!(!visible(&text).contains("Partial."));
}

#[test]
fn one_seed_has_no_band_and_the_page_says_so() {
    let text = page(&study(&Shape { seeds: 1, ..Shape::usual() }));
    assert!(text.contains("One seed: there are no bands"));
    assert!(!visible(&text).contains("class=\"band\""));
    write("one-seed.html", &text);
}

#[test]
fn what_is_missing_is_said() {
    let mut study = study(&Shape { contents: 1, ..Shape::usual() });
    study.partial = true;
    study.digests.pop();
    for row in &mut study.times {
        row.targeted = 0;
        (row.p50, row.p90, row.p95, row.p99) = Default::default();
    }
    for curve in &mut study.curves {
        (curve.targeted, curve.median) = (0, vec![0; curve.median.len()]);
        (curve.low, curve.high) = (curve.median.clone(), curve.median.clone());
    }
    let text = page(&study);
    for words in
        ["Partial.", "Aimed at no device.", "aimed at no device", "Nothing was aimed at any device.", "not complete"]
    {
        assert!(text.contains(words), "{words}");
    }
    write("partial.html", &text);

    (study.times, study.curves, study.load) = Default::default();
    (study.state, study.stragglers, study.seeds) = Default::default();
    (study.freshness, study.herd) = Default::default();
    (study.bins, study.duration_secs) = (0, 0);
    let text = page(&study);
    for words in ["Nothing was rolled out.", "Nothing of this was counted.", "Every targeted device was done."] {
        assert!(text.contains(words), "{words}");
    }
    write("empty.html", &text);
}

#[test]
fn a_time_that_is_only_beyond_the_run_for_some_seeds_has_an_open_band() {
    let mut study = study(&Shape::usual());
    study.times[0].p95 = Range { median: Some(7_200), low: Some(3_600), high: None };
    assert!(page(&study).contains("95 % after 2h</span> (1h to not within this run)"));
}

#[test]
fn many_contents_and_bins_make_one_page() {
    let many = Shape { contents: 60, bins: 10_000, bin_secs: 87, seeds: 3, ..Shape::usual() };
    let text = page(&study(&many));
    assert!(text.contains("52 more") && text.contains("content-59"));
    assert_eq!(text.matches("<figure").count(), 4, "not one for each content");
    write("many.html", &text);
}

#[test]
fn two_studies_are_compared() {
    let text = compare_page(&compared());
    for words in ["Lower in B</span> by ", "No difference shown", "wns.delivery", "not within this run", "\u{2212}"] {
        assert!(text.contains(words), "{words}");
    }
    write("study.html", &page(&study(&Shape::usual())));
    write("compare.html", &text);
}

/// For `.ci/browser`.
fn write(name: &str, page: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    fs::create_dir_all(&folder).expect("the folder can be made");
    fs::write(folder.join(name), page).expect("the page can be written");
}
