//! What is refused when relations are built, and in which words.

use super::*;
use crate::rules::b;

fn text(relations: &[Relation]) -> String {
    refusal(relations).to_string()
}

// B-7.5: no app of a circle could be evaluated before the others.
#[test]
fn circles_are_refused_with_the_way_around() {
    assert_eq!(
        text(&[depends(1, 2), depends(2, 3), depends(3, 1), depends(0, 1)]),
        "app 1 depends on app 2, which depends on app 3, which depends on app 1: a circle has no order of evaluation"
    );
    assert_eq!(
        text(&[updates(4, 5), replaces(5, 4)]),
        "app 4 supersedes app 5, which supersedes app 4: a circle has no order of evaluation"
    );
    assert_eq!(
        text(&[replaces(2, 8), depends(8, 5), updates(5, 2)]),
        "app 2 supersedes app 8, which depends on app 5, which supersedes app 2: a circle has no order of evaluation"
    );
    assert_eq!(refusal(&[depends(1, 2), depends(2, 1)]).rule(), Some(b(7, 5)));
}

/// The shortest way is named, not the first that is found.
#[test]
fn of_two_circles_the_shorter_way_is_named() {
    let path = vec![depends(1, 9), depends(9, 1)];
    let all = [depends(1, 2), depends(2, 3), depends(3, 1), path[0], path[1]];
    assert_eq!(refusal(&all), RelationError::Circle { path });
}

#[test]
fn an_app_has_no_relation_to_itself() {
    assert_eq!(text(&[depends(3, 3)]), "app 3 depends on itself");
    assert_eq!(text(&[replaces(3, 3)]), "app 3 supersedes itself");
}

#[test]
fn an_app_has_one_relation_to_another() {
    assert_eq!(text(&[depends(3, 5), depends(3, 5)]), "app 3 depends on app 5 twice");
    assert_eq!(
        text(&[depends(3, 5), depends_manually(3, 5)]),
        "app 3 depends (without automatic install) on app 5 and depends on it, and may do only one of them"
    );
    assert_eq!(
        text(&[replaces(3, 5), depends(3, 5)]),
        "app 3 depends on app 5 and replaces it, and may do only one of them"
    );
    assert_eq!(
        text(&[replaces(3, 5), updates(3, 5)]),
        "app 3 updates app 5 and replaces it, and may do only one of them"
    );
}

#[test]
fn relations_lead_from_app_to_app() {
    assert_eq!(text(&[depends(3, 11)]), "app 3 depends on app 11, but there is no app 11");
    assert_eq!(text(&[updates(12, 3)]), "app 12 supersedes app 3, but there is no app 12");
    let twice = Relations::build(win32(3).chain(win32(1)), &[], &Limits::default());
    assert_eq!(twice.unwrap_err().to_string(), "app 0 is listed twice");
}

// B-7.40a: a dependency must be a Win32 app, no MSI of the MDM channel and no Store app.
#[test]
fn only_win32_apps_have_relations() {
    let kinds = [AppKind::Win32, AppKind::Store, AppKind::LineOfBusiness];
    let apps = || (0..).map(app).zip(kinds);
    let of = |relation| Relations::build(apps(), &[relation], &Limits::default()).unwrap_err();
    assert_eq!(
        of(depends(0, 1)).to_string(),
        "app 0 depends on app 1, but app 1 is a Store app, and only Win32 apps have relations"
    );
    let relation = depends_manually(0, 2);
    let kind = AppKind::LineOfBusiness;
    assert_eq!(of(relation), RelationError::NotWin32 { relation, app: app(2), kind });
    assert_eq!(
        of(replaces(2, 0)).to_string(),
        "app 2 supersedes app 0, but app 2 is a line-of-business app, and only Win32 apps have relations"
    );
    assert_eq!(of(depends(0, 1)).rule(), Some(b(7, 40).with_suffix('a')));
    let alone = Relations::build(apps(), &[], &Limits::default()).unwrap();
    assert_eq!(alone.apps().map(|(_, kind)| kind).collect::<Vec<_>>(), kinds, "by itself every kind is taken");
}

/// An app with so many dependencies.
fn star(dependencies: u32) -> Vec<Relation> {
    (1..=dependencies).map(|child| depends(0, child)).collect()
}

// B-7.40: 100 dependencies make a graph of 101; in the other reading the app itself counts among the 100.
#[test]
fn an_app_may_have_a_hundred_dependencies() {
    let build = |dependencies, graph_nodes| {
        Relations::build(win32(200), &star(dependencies), &Limits { graph_nodes, ..Limits::default() })
    };
    assert!(build(100, 101).is_ok());
    let error = build(101, 101).unwrap_err();
    assert_eq!(error, RelationError::GraphTooLarge { apps: (0..=101).map(app).collect(), limit: 101 });
    assert_eq!(
        error.to_string(),
        "102 apps hang together by dependencies, and 101 may: app 0, app 1, app 2, app 3, app 4, app 5, app 6, \
         app 7, app 8, app 9, app 10, app 11 and 90 more"
    );
    assert_eq!(error.rule(), Some(b(7, 40)));
    assert!(build(99, 100).is_ok());
    assert!(build(100, 100).is_err());
}

// B-7.40: graphs of 23, 62 and 20 apps with one app in all three are one of 103.
#[test]
fn graphs_with_a_shared_dependency_are_summed_and_it_counts_once() {
    let mut next = 1;
    let mut graph = |apps: u32, relations: &mut Vec<Relation>| {
        // A parent whose dependencies are the shared app 0 and others of its own.
        let parent = next;
        relations.push(depends(parent, 0));
        relations.extend((parent + 1..parent + apps - 1).map(|child| depends(parent, child)));
        next += apps - 1;
    };
    let mut all = Vec::new();
    for apps in [23, 62, 20] {
        graph(apps, &mut all);
    }
    let RelationError::GraphTooLarge { apps, .. } = Relations::build(win32(200), &all, &Limits::default()).unwrap_err()
    else {
        panic!("another error");
    };
    assert_eq!(apps.len(), 103);
    let apart: Vec<Relation> = all.into_iter().filter(|relation| relation.to != app(0)).collect();
    assert!(Relations::build(win32(200), &apart, &Limits::default()).is_ok());
}

// B-7.40, B-7.48: each limit counts its own kind of relation.
#[test]
fn the_sizes_of_both_kinds_are_not_added() {
    let mut all = star(100);
    all.extend((1..=10).map(|lower| replaces(lower + 100, lower + 101)));
    all.push(updates(101, 0));
    let limits = Limits { supersedence_nodes: 12, ..Limits::default() };
    let relations = Relations::build(win32(200), &all, &limits).unwrap();
    assert_eq!(relations.subgraph_of(app(0)).unwrap().members().len(), 112);
}

// B-7.48: 11 nodes with the superseding app, in the other reading 10; it does not matter how they hang together.
#[test]
fn a_graph_of_supersedence_has_eleven_nodes() {
    let chain = |nodes: u32| (1..nodes).map(|upper| updates(upper, upper - 1)).collect::<Vec<_>>();
    let fan = |nodes: u32| (1..nodes).map(|lower| replaces(0, lower)).collect::<Vec<_>>();
    for shape in [chain, fan] {
        let build = |nodes, supersedence_nodes| {
            Relations::build(win32(20), &shape(nodes), &Limits { supersedence_nodes, ..Limits::default() })
        };
        assert!(build(11, 11).is_ok());
        let error = build(12, 11).unwrap_err();
        assert_eq!(error, RelationError::SupersedenceTooLarge { apps: (0..12).map(app).collect(), limit: 11 });
        assert_eq!(error.rule(), Some(b(7, 48)));
        assert!(build(10, 10).is_ok());
        assert!(build(11, 10).is_err());
    }
}

// B-7.48: at most 10 superseding apps of one app.
#[test]
fn an_app_has_at_most_ten_superseding_apps() {
    let upper = |count: u32| (1..=count).map(|upper| updates(upper, 0)).collect::<Vec<_>>();
    assert!(Relations::build(win32(20), &upper(10), &Limits::default()).is_ok());
    let error = Relations::build(win32(20), &upper(11), &Limits::default()).unwrap_err();
    assert_eq!(
        error.named(&|app| ["old", "one", "new"][app.0.min(2) as usize]).to_string(),
        "app `old` is superseded by 11 apps, and 10 may: app `one`, app `new`, app `new`, app `new`, app `new`, \
         app `new`, app `new`, app `new`, app `new`, app `new`, app `new`"
    );
    let wide = Limits { superseding: 11, supersedence_nodes: 12, ..Limits::default() };
    assert!(Relations::build(win32(20), &upper(11), &wide).is_ok());
}

// B-7.46: an app in a relation cannot be deleted, at whichever end it stands, before the relation is removed.
#[test]
fn an_app_in_a_relation_cannot_be_removed() {
    let all = relations(&[depends(1, 0), replaces(2, 1), updates(4, 5)]);
    assert_eq!(all.check_removal(app(3)), Ok(()));
    assert_eq!(all.check_removal(app(77)), Ok(()), "what is not there is in nobody's way");
    let error = all.check_removal(app(1)).unwrap_err();
    assert_eq!(error, RelationError::InUse { app: app(1), relations: vec![depends(1, 0), replaces(2, 1)] });
    let names = ["runtime", "mail", "post", "", "", ""];
    assert_eq!(
        error.named(&|app| names[app.0 as usize]).to_string(),
        "app `mail` cannot be removed while app `mail` depends on app `runtime`, app `post` supersedes app `mail`"
    );
    assert_eq!(error.rule(), Some(b(7, 46)));
    for end in [0, 2, 4, 5] {
        assert!(all.check_removal(app(end)).is_err(), "app {end}");
    }
}

/// Which of several things is wrong does not hang on the order in which they were given.
#[test]
fn an_error_does_not_depend_on_the_order_of_the_relations() {
    let mut all = vec![depends(1, 2), depends(2, 1), updates(4, 5), updates(5, 4), depends(7, 8), depends(8, 7)];
    let error = refusal(&all);
    for _ in 0..all.len() {
        all.rotate_left(1);
        assert_eq!(refusal(&all), error);
    }
}
