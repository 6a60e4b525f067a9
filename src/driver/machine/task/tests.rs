//! What becomes of a script by what its machine says of its signature.

use std::sync::Mutex;

use super::super::double::Double;
use super::*;
use crate::log::write::RegistryValues;
use crate::protocol::PolicyId;
use crate::time::Span;

/// The plan for script `policy` of a machine that answers so, and the copies of its text that are left.
fn planned(signature: Result<(), SignatureFault>, policy: u32) -> (Plan, usize) {
    let folder =
        std::env::temp_dir().join(format!("imesim-plan-{}-{policy}-{}", std::process::id(), signature.is_ok()));
    let _none = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("content")).unwrap();
    fs::create_dir_all(folder.join("run")).unwrap();
    fs::write(folder.join("content/a.ps1"), "exit 0").unwrap();
    let text = "service = \"tcp://127.0.0.1:1\"\nversion = \"1.94.0.0\"\n\
                [interpreters]\nps1 = [\"{system}/host\", \"-ExecutionPolicy\", \"{policy}\"]\n\
                [[script]]\nid = 1\nfile = \"a.ps1\"\n[[script]]\nid = 2\nfile = \"a.ps1\"\nsignature_check = true\n";
    let config = Config::parse(text, "a.toml", &folder).unwrap();
    let run = Run {
        task: Task::Script,
        policy: PolicyId(policy),
        revision: 1,
        user: UserId::DEVICE,
        session: UserId::DEVICE,
        run_as: RunAs::System,
        attempt: 1,
        limit: Span::mins(30),
    };
    let machine = Double { values: Mutex::new(RegistryValues::default()), signature };
    let place = Place { scripts: folder.join("run"), mark: "m", token: 7, users: &[] };
    let planned = plan(&machine, &config, &run, &place);
    let copies = fs::read_dir(folder.join("run")).unwrap().count();
    fs::remove_dir_all(folder).unwrap();
    (planned, copies)
}

fn policy_of(plan: &Plan) -> &str {
    match plan {
        Plan::Start(job, Some(_)) => job.args[1].to_str().unwrap(),
        other @ (Plan::Answer(_) | Plan::Refuse(_) | Plan::Start(..) | Plan::Unsigned(_)) => panic!("{other:?}"),
    }
}

// B-5.20: one that asks for a signature runs only with that of a trusted publisher, and its host looks once more; one that
// does not is never asked for it and runs under Bypass.
#[test]
fn a_signature_is_asked_for_where_the_script_wants_it() {
    let (plan, copies) = planned(Ok(()), 2);
    assert_eq!((policy_of(&plan), copies), ("AllSigned", 1));
    for fault in [SignatureFault::Unsigned, SignatureFault::NoProvider, SignatureFault::Publisher] {
        let (plan, copies) = planned(Err(fault), 2);
        assert!(matches!(plan, Plan::Unsigned(found) if found == fault) && copies == 0, "{plan:?}");
        let (plan, copies) = planned(Err(fault), 1);
        assert_eq!((policy_of(&plan), copies), ("Bypass", 1));
    }
}
