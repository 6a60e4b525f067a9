//! Subgraphs, the order of evaluation, what can be asked, and the content hash.

use super::*;

fn members(relations: &Relations, of: u32) -> Vec<u32> {
    relations.subgraph_of(app(of)).unwrap().members().iter().map(|app| app.0).collect()
}

// B-7.5: an app with its relations is a subgraph, whichever way they point; one without is a subgraph too.
#[test]
fn apps_that_hang_together_are_a_subgraph() {
    let all = relations(&[depends(6, 1), replaces(6, 4), depends(2, 5)]);
    let subgraphs: Vec<(u32, Vec<u32>)> = all
        .subgraphs()
        .map(|subgraph| (subgraph.id().smallest().0, members(&all, subgraph.id().smallest().0)))
        .collect();
    assert_eq!(subgraphs, [(0, vec![0]), (1, vec![1, 4, 6]), (2, vec![5, 2]), (3, vec![3])]);
    assert_eq!(members(&all, 6), [1, 4, 6]);
    assert!(all.subgraph_of(app(3)).unwrap().is_single());
    assert!(all.subgraph_of(app(7)).is_none());
}

// B-7.5: the id is the smallest member's, so that apps elsewhere do not change it; a subgraph that is gone is not found.
#[test]
fn the_id_of_a_subgraph_is_its_smallest_member() {
    let two = relations(&[depends(1, 2), depends(5, 4)]);
    let (one, other) = (two.subgraph_of(app(2)).unwrap().id(), two.subgraph_of(app(5)).unwrap().id());
    assert_eq!((one.smallest(), other.smallest(), other.to_string().as_str()), (app(1), app(4), "4"));
    let joined = relations(&[depends(1, 2), depends(5, 4), depends(5, 2)]);
    assert_eq!(joined.subgraph(one).unwrap().members(), [2, 1, 4, 5].map(app));
    assert!(joined.subgraph(other).is_none());
}

// B-7.5, B-7.41: dependencies before parents, deepest first, a shared one once.
#[test]
fn children_come_before_parents_and_deepest_first() {
    assert_eq!(members(&relations(&[depends(0, 1), depends(1, 2), depends(2, 3)]), 0), [3, 2, 1, 0]);
    assert_eq!(members(&relations(&[depends(0, 1), depends(0, 2), depends(1, 3), depends(2, 3)]), 0), [3, 1, 2, 0]);
    assert_eq!(members(&relations(&[depends(0, 3), depends(1, 3), depends(2, 1)]), 0), [3, 0, 1, 2]);
}

// B-7.42: among equals smaller ids come first, in whichever order the relations were given.
#[test]
fn among_equals_smaller_ids_come_first() {
    let mut all = vec![depends(0, 7), depends(0, 2), depends(0, 5), updates(0, 1), updates(0, 3), depends(8, 5)];
    for _ in 0..all.len() {
        all.rotate_left(1);
        // What an app depends on comes before what it supersedes.
        assert_eq!(members(&relations(&all), 0), [2, 5, 7, 1, 3, 0, 8]);
    }
}

/// However deep, nothing is done by recursion.
#[test]
fn a_long_chain_is_put_in_order_and_its_circle_refused() {
    const LENGTH: u32 = 50_000;
    let limits = Limits { graph_nodes: LENGTH, ..Limits::default() };
    let mut chain: Vec<Relation> = (1..LENGTH).map(|child| depends(child - 1, child)).collect();
    let all = Relations::build(win32(LENGTH), &chain, &limits).unwrap();
    assert!(members(&all, 0).into_iter().eq((0..LENGTH).rev()));
    let wanted = |wanted: PolicyId| if wanted == app(0) { WANTED } else { ABSENT };
    assert_eq!(all.subgraph_of(app(0)).unwrap().plan(wanted).steps.len(), LENGTH as usize);
    chain.push(depends(LENGTH - 1, 0));
    let RelationError::Circle { path } = Relations::build(win32(LENGTH), &chain, &limits).unwrap_err() else {
        panic!("another error");
    };
    assert_eq!(path, chain);
}

#[test]
fn what_was_said_can_be_asked() {
    let said = [depends(2, 0), depends_manually(2, 1), replaces(2, 3), updates(4, 2), depends(5, 2)];
    let all = relations(&said);
    let (one, other) = (app(0), app(1));
    assert_eq!(
        all.dependencies_of(app(2)),
        [Dependency { app: one, auto_install: true }, Dependency { app: other, auto_install: false }]
    );
    assert_eq!(all.dependents_of(app(2)), [Dependency { app: app(5), auto_install: true }]);
    assert_eq!(all.superseded_by(app(2)), [Supersedence { app: app(3), uninstall_previous: true }]);
    assert_eq!(all.superseding(app(2)), [Supersedence { app: app(4), uninstall_previous: false }]);
    assert_eq!(all.dependencies_of(app(9)), []);
    let standing: Vec<Relation> = all.standing_in(app(2)).collect();
    assert_eq!(standing, [said[0], said[1], said[2], said[4], said[3]]);
    assert_eq!(all.relations().collect::<Vec<_>>(), said.to_vec());
    assert_eq!(all.subgraph_of(app(0)).unwrap().relations().count(), said.len());
}

// B-7.27a: uninstall is never offered for an app that has dependencies or is one; supersedence does not matter.
#[test]
fn company_portal_does_not_offer_to_uninstall_what_stands_in_a_dependency() {
    let all = relations(&[depends(0, 1), depends_manually(1, 2), updates(3, 4)]);
    let standing: Vec<u32> = (0..6).filter(|number| all.stands_in_dependency(app(*number))).collect();
    assert_eq!(standing, [0, 1, 2]);
}

// B-7.35: the hash is a text of 44 characters in base64, of 32 bytes.
#[test]
fn the_hash_prints_as_44_characters() {
    let all = relations(&[depends(0, 1), replaces(2, 0)]);
    let hash = all.subgraph_of(app(0)).unwrap().content_hash(|app| app.0 + 1);
    let text = hash.to_string();
    assert_eq!(text.len(), 44);
    assert!(text.ends_with('=') && !text.ends_with("=="), "{text}");
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let mut bits = 0;
    let mut bytes = Vec::new();
    for (place, character) in text.trim_end_matches('=').chars().enumerate() {
        bits = bits << 6 | alphabet.iter().position(|known| *known == character).unwrap() as u32;
        let have = 6 * (place + 1) - 8 * bytes.len();
        if have >= 8 {
            bytes.push((bits >> (have - 8) & 0xFF) as u8);
        }
    }
    assert_eq!(bytes, hash.bytes());
    assert_eq!(text, "amVvWSAlzHp5BUgUMnuJKlY9bCpaONzklwlAgShaIfQ=", "a hash outlives a version");
}

// B-7.36: a change of an app or of a relation changes the hash; what happens elsewhere, or in which order things were
// said, does not.
#[test]
fn the_hash_follows_the_content_of_the_subgraph() {
    let hash = |said: &[Relation], revision: [u32; 3]| {
        let all = Relations::build(win32(9), said, &Limits::default()).unwrap();
        all.subgraph_of(app(0)).unwrap().content_hash(|app| revision[app.0 as usize])
    };
    let before = hash(&[depends(0, 1), updates(2, 0)], [1, 1, 1]);
    assert_eq!(hash(&[updates(2, 0), depends(5, 6), depends(0, 1)], [1, 1, 1]), before);
    let changed = [
        hash(&[depends(0, 1), updates(2, 0)], [2, 1, 1]),
        hash(&[depends(0, 1), updates(2, 0)], [1, 2, 1]),
        hash(&[depends(0, 1), updates(2, 0)], [1, 1, 2]),
        hash(&[depends_manually(0, 1), updates(2, 0)], [1, 1, 1]),
        hash(&[depends(0, 1), replaces(2, 0)], [1, 1, 1]),
        hash(&[depends(0, 1)], [1, 1, 1]),
        hash(&[depends(0, 1), updates(2, 0), updates(2, 1)], [1, 1, 1]),
        hash(&[depends(1, 0), updates(2, 0)], [1, 1, 1]),
    ];
    for (place, hash) in changed.iter().enumerate() {
        assert_ne!(*hash, before, "change {place}");
        assert!(!changed[..place].contains(hash), "change {place} hashes as an earlier one");
    }
}
