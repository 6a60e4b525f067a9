//! `imesim check`: models, bounds, the page, and what is refused.

use super::{err, file, imesim, out};

#[test]
fn check_explores_a_model_and_names_what_holds() {
    let output = imesim(&["check", "one-script", "--faults", "0", "--acts", "1"]);
    let text = out(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("complete: every state that can be reached was looked into"), "{text}");
    assert!(text.contains("gone sometimes  the agent was removed: holds"), "{text}");
    assert!(text.contains("steps taken: time ") && text.contains(", unassign "), "{text}");
    let models = out(&imesim(&["check", "--list"]));
    assert!(models.starts_with("one-script") && models.contains("one-app"), "{models}");
}

#[test]
fn check_names_its_bound_and_ends_with_1_for_what_does_not_hold() {
    let slow = "jitter = \"off\"\n[set]\n\"removal.grace_after_unassign\" = \"30d\"\n[[script]]\nname = \"vpn\"\n\
                assign = [\"all-devices\"]\n[[device]]\nname = \"pc\"\n[[at]]\nat = \"1h\"\ndo = \"unassign\"\n\
                content = \"vpn\"\ngroup = \"all-devices\"\n";
    let path = file("slow.toml", slow);
    let path = path.to_str().expect("a plain path");
    let output = imesim(&["check", path, "--faults", "0", "--acts", "1", "--time", "1h", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let document: serde_json::Value = serde_json::from_str(&out(&output)).expect("it prints JSON");
    assert_eq!(
        (&document["complete"], &document["findings"][0]["name"]),
        (&false.into(), &"gone".into()),
        "{document}"
    );
    assert!(document["bounds"][0].as_str().is_some_and(|text| text.contains("at 1h and later")), "{document}");

    let page = file("graph.html", "");
    let page = page.to_str().expect("a plain path");
    let explored = ["check", "one-script", "--faults", "0", "--acts", "0", "--explore", page, "--explore-states"];
    let output = imesim(&[&explored[..], &["100"]].concat());
    assert!(output.status.success() && err(&output).contains("202 of 302 states are left out"), "{}", err(&output));
    let written = std::fs::read_to_string(page).expect("the page is there");
    assert!(written.contains("The graph is too large for this page: 302 states were visited"));
    let output = imesim(&[&explored[..], &["100001"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("a page holds 100000 states at most"), "{}", err(&output));
    let output = imesim(&["check", path, "--also", "clock-sideways"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("`clock-sideways` is no sort of steps; known are time, "), "{}", err(&output));

    let output = imesim(&["check", "no-such-model"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("`no-such-model` is no model and cannot be read"), "{}", err(&output));
}
