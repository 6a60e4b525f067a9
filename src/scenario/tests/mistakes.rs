//! Wrong files, and the exact words of their errors.

use super::refuse;

/// A device, a script and an app that the texts below stand for with `<device>`, `<script>` and `<app>`.
const DEVICE: &str = "[[device]]\nname = \"pc\"\nusers = [\"anna\"]\n";
const SCRIPT: &str = "[[script]]\nname = \"vpn\"\n";
const APP: &str = "[[app]]\nname = \"a\"\n";

#[test]
fn every_mistake_is_told_with_its_place() {
    let mut wrong = Vec::new();
    for (text, message) in MISTAKES {
        let text = text.replace("<device>", DEVICE).replace("<script>", SCRIPT).replace("<app>", APP);
        let (told, wanted) = (refuse(&text), format!("t.toml:{message}"));
        if told != wanted {
            wrong.push(format!("{text}\ntold:   {told}\nwanted: {wanted}\n"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const MISTAKES: &[(&str, &str)] = &[
    ("title = ", "1:9: string values must be quoted, expected literal string"),
    (
        "titel = \"x\"\n<device>",
        "1:1: titel: there is no key `titel` here; allowed: title, about, rules, start, zone, duration, seed, profile, jitter, set, story, network, service, calendar, tenant, group, filter, script, app, esp, remediation, compliance, feature, device, population_preset, population, at, fault, expect, replay; did you mean `title`?",
    ),
    (
        "duration = \"3h\"\n<device>[replay]\ndevice = \"pd\"\ninvariant = \"C1\"",
        "6:10: replay.device: there is no device `pd`; known: pc; did you mean `pc`?",
    ),
    (
        "duration = \"3h\"\n<device>[replay]\ndevice = \"pc\"\ninvariant = \"C1\"\nquiet_from = \"4h\"",
        "8:14: replay.quiet_from: a time of the replay of 4h is out of range; allowed 0s to 3h",
    ),
    (
        "duration = true\n<device>",
        "1:12: duration: invalid type: boolean `true`, expected a length of time such as 8h, 1h30m or 90s",
    ),
    (
        "duration = \"8x\"\n<device>",
        "1:12: duration: `8x` is not a length of time; write for example 8h, 1h30m, 90s, 250ms or 15d",
    ),
    ("duration = -5\n<device>", "1:12: duration: -5 seconds is negative; a length of time is not"),
    ("duration = \"0s\"\n<device>", "1:12: duration: a duration of 0s is out of range; allowed 1ms to 3660d"),
    (
        "zone = \"Europe/Berln\"\n<device>",
        "1:8: zone: `Europe/Berln` is not a time zone; write an IANA name such as Europe/Berlin, UTC or UTC+2; did you mean `Europe/Berlin`?",
    ),
    (
        "zone = \"UTC+15\"\n<device>",
        "1:8: zone: `UTC+15` is not a time zone; write for example UTC+2 or UTC-3:30, up to 14 hours",
    ),
    (
        "start = \"2026-13-01T00:00:00\"\n<device>",
        "1:9: start: `2026-13-01T00:00:00` is not a date and time of the years 1980 to 2199; write for example 2026-03-02T08:00:00, or with Z or +02:00 at the end",
    ),
    (
        "profile = \"defualt\"\n<device>",
        "1:11: profile: there is no profile `defualt`; allowed: default | seed_strict | observed_2025 | hardened",
    ),
    (
        "jitter = \"of\"\n<device>",
        "1:10: jitter: `of` is not allowed; allowed: off, lowest, highest, seeded; did you mean `off`?",
    ),
    (
        "<device>[story]\nwindows = [{ from = \"2h\", to = \"1h\" }]",
        "5:32: story.windows[1].to: the window ends at 1h, which is not after its start at 2h",
    ),
    (
        "rules = [\"B-99.1\"]\n<device>",
        "1:10: rules: the catalogue has no rule or check `B-99.1`; write for example B-4.17 or C-5.2",
    ),
    (
        "[set]\n\"scripts.max_retry\" = 2\n<device>",
        "2:1: set.scripts.max_retry: there is no parameter `scripts.max_retry`; the nearest is `scripts.max_retries`",
    ),
    (
        "[set.scripts]\nmax_retries = \"many\"\n<device>",
        "2:15: set.scripts.max_retries: `many` is no value for `scripts.max_retries`; allowed: runs after the first, 0 to 1000",
    ),
    (
        "[network]\nloss = \"101%\"\n<device>",
        "2:8: network.loss: `101%` is not a share; write 0% to 100% with up to 4 decimals, or a whole number of cases in a million",
    ),
    ("[service]\nrefusal = 500\n<device>", "2:11: service.refusal: `500` is no refusal; write 429 or 503"),
    ("[service]\nwindow = \"2d\"\n<device>", "2:10: service.window: a window of 2d is out of range; allowed 1s to 1d"),
    (
        "[service]\nrequests_per_minute = 30\nwindow = \"1s\"\n<device>",
        "2:23: service.requests_per_minute: 30 a minute is less than one in a window of 1s; make the window longer",
    ),
    (
        "[network]\nlatency = [\"2s\", \"1s\"]\n<device>",
        "2:11: network.latency: write one length of time, or the shortest and the longest",
    ),
    (
        "<script>assign = [\"all-device\"]\n<device>",
        "3:11: script[vpn].assign: there is no group `all-device`; known: all-devices, all-users; did you mean `all-devices`?",
    ),
    (
        "<script>bytes = 204800\n<device>",
        "3:9: script[vpn].bytes: script `vpn` has 204800 bytes and must have fewer than 204800",
    ),
    ("<script>host_bits = 16\n<device>", "3:13: script[vpn].host_bits: a host has 32 or 64 bits, not 16"),
    (
        "<script>outcomes = \"weighted\"\noutcome = { weight = 0 }\n<device>",
        "4:11: script[vpn].outcome: the weights add up to 0; at least one must be more",
    ),
    (
        "<script>outcome = { weight = 3 }\n<device>",
        "3:22: script[vpn].outcome.weight: a weight counts only with outcomes = \"weighted\"",
    ),
    (
        "<script>outcome = { exit = 5000000000 }\n<device>",
        "3:20: script[vpn].outcome.exit: 5000000000 is out of range; allowed -2147483648 to 4294967295",
    ),
    ("<script><script><device>", "4:8: script[vpn].name: there already is a content `vpn`, on line 2"),
    (
        "[[app]]\nname = \"a\"\nassign = [\"all-devices\", { group = \"all-devices\", intent = \"available\" }]\n<device>",
        "3:26: app[a].assign[2]: app `a`: group `all-devices` cannot be required and available at once",
    ),
    (
        "[[filter]]\nname = \"f\"\nrule = '(device.modell -eq \"x\")'\n<device>",
        "3:10: filter[f].rule: column 2: there is no property `device.modell`; did you mean `device.model`?",
    ),
    (
        "[[group]]\nname = \"g\"\nkind = \"users\"\n<device>groups = [\"g\"]\n",
        "7:11: device[pc].groups: group `g` holds users; here a group of devices is needed",
    ),
    ("<device><device>", "5:8: device[pc].name: there already is a device or population `pc`, on line 2"),
    ("<device>count = 3\n", "4:9: device[pc].count: a [[device]] is one device; write [[population]] for many"),
    (
        "<device>zone = { UTC = 1 }\n",
        "4:8: device[pc].zone: weights belong in a [[population]]; a [[device]] has one value",
    ),
    (
        "<device>awake = \"17:00-09:00\"\n",
        "4:9: device[pc].awake: the window `17:00-09:00` ends before it begins; a window ends at latest at 24:00",
    ),
    ("[[population]]\nname = \"p\"\n", "2:8: population[p].name: `count` of the population `p` is missing"),
    (
        "[[population]]\nname = \"p\"\ncount = 100000001\n",
        "3:9: population[p].count: a population of 100000001 is out of range; allowed 1 to 100000000",
    ),
    (
        "[[population]]\nname = \"p\"\ncount = 10\nzone = { UTC = 0 }\n",
        "4:8: population[p].zone: the weights add up to 0; at least one must be more",
    ),
    (
        "[[population]]\nname = \"p\"\ncount = 10\nedition = { hme = 1 }\n",
        "4:13: population[p].edition.hme: `hme` is not allowed; allowed: home, pro, enterprise, education, multi-session, surface-hub; did you mean `home`?",
    ),
    ("", "1:1: a [[device]] or [[population]] is missing"),
    (
        "<device>[[at]]\nat = \"1h\"\ndo = \"sing-in\"\n",
        "6:6: at[1].do: there is no verb `sing-in`; did you mean `sign-in`?",
    ),
    ("<device>[[at]]\nat = \"1h\"\ndo = \"sign-in\"\n", "6:6: at[1].do: `user` of `sign-in` is missing"),
    (
        "<device>[[at]]\nat = \"1h\"\ndo = \"sign-in\"\nuser = \"ana\"\n",
        "7:8: at[1].user: there is no user `ana`; known: anna; did you mean `anna`?",
    ),
    (
        "<device>[[at]]\nat = \"1h\"\ndo = \"sleep\"\nuser = \"anna\"\n",
        "7:8: at[1].user: `sleep` does not take `user`; it takes no argument of its own",
    ),
    (
        "<device>[[at]]\nat = \"1h\"\ndo = \"reboot\"\nfor = \"1h\"\n",
        "7:7: at[1].for: `reboot` cannot be undone, so it takes no `for`",
    ),
    (
        "<device>[[at]]\nat = \"25:00\"\ndo = \"sleep\"\n",
        "5:6: at[1].at: `25:00` is not a moment; write for example 2h30m (after the start), 08:00, day 2 08:00, Tue 09:00 or 2026-03-02T08:00:00",
    ),
    (
        "<device>[[at]]\nat = \"2026-01-04T00:00:00\"\ndo = \"sleep\"\n",
        "5:6: at[1].at: this moment lies before the start of the scenario, 2026-01-05T00:00:00.000Z",
    ),
    (
        "<device>[[at]]\nat = \"1h\"\ndo = \"sleep\"\ndevice = \"pd\"\n",
        "7:10: at[1].device: there is no device or population `pd`; known: pc; did you mean `pc`?",
    ),
    (
        "<device>[[at]]\nat = \"1h\"\ndo = \"sleep\"\nevery = \"1s\"\ntimes = 2000000\n",
        "8:9: at[1].times: a number of times of 2000000 is out of range; allowed 1 to 1000000",
    ),
    (
        "<script><device>[[at]]\nat = \"1h\"\ndo = \"unassign\"\ncontent = \"vpn\"\ngroup = \"all-devices\"\n",
        "8:6: at[1].do: content `vpn` has no assignment for group `all-devices` to take back at 2026-01-05T01:00:00.000Z",
    ),
    (
        "<device>[[fault]]\nanswer = 200\n",
        "5:10: fault[1].answer: 200 is not an answer; allowed: an HTTP status from 300 to 599, retry-after 2h, empty, timeout, device-unknown, enrollment-refused 0x80180026, stale 6h, partial, restored 3d, split-brain, push-lost, push-late 2h or push-doubled",
    ),
    (
        "<device>[[fault]]\nanswer = \"stale\"\n",
        "5:10: fault[1].answer: `stale` needs a length of time, such as `stale 6h`",
    ),
    (
        "<device>[[fault]]\non = \"mdm\"\nanswer = \"partial\"\n",
        "6:10: fault[1].answer: what `on` names never gets this answer; `on` would have to name polls, sessions or pushes",
    ),
    ("<device>[[at]]\nat = \"1h\"\ndo = \"slow-boot\"\n", "6:6: at[1].do: `service_after` of `slow-boot` is missing"),
    (
        "<device>[[at]]\nat = \"1h\"\ndo = \"time-zone\"\nzone = \"Europe/Berln\"\n",
        "7:8: at[1].zone: `Europe/Berln` is not a time zone; write an IANA name such as Europe/Berlin, UTC or UTC+2; did you mean `Europe/Berlin`?",
    ),
    (
        "<device>clock_drift = 200000\n",
        "4:15: device[pc].clock_drift: a drift of 200000 is out of range; allowed -100000 to 100000",
    ),
    (
        "<script>outcome = { flood = 20000000 }\n<device>",
        "3:21: script[vpn].outcome.flood: a flood of 20000000 is out of range; allowed 0 to 10000000",
    ),
    (
        "<device>[[fault]]\nfrom = \"2h\"\nuntil = \"1h\"\nanswer = 429\n",
        "6:9: fault[1].until: a fault of the service from 2026-01-05T02:00:00.000Z ends at 2026-01-05T01:00:00.000Z, which is not later",
    ),
    (
        "<device>[[expect]]\nevent = \"script-run\"\n",
        "4:1: expect[1]: this expectation checks nothing; add at, count, at_least, at_most, never, within with after, order or state",
    ),
    (
        "<device>[[expect]]\nevent = \"script-runs\"\nnever = true\n",
        "5:9: expect[1].event: there is no event `script-runs`; did you mean `script-run`?",
    ),
    ("<device>[[expect]]\ncount = 1\n", "4:1: expect[1]: `event` of this expectation is missing"),
    (
        "<device>[[expect]]\nevent = \"script-run\"\nnever = true\nwith = { policy = \"vpn\" }\n",
        "7:19: expect[1].with.policy: there is no content `vpn`; none is defined",
    ),
    (
        "<app>type = \"stor\"\n<device>",
        "3:8: app[a].type: `stor` is not allowed; allowed: win32, store, store-win32, store-uwp; did you mean `store`?",
    ),
    (
        "<app>detektion = \"rules\"\n<device>",
        "3:1: app[a].detektion: there is no key `detektion` here; allowed: name, type, depends_on, supersedes, present, user_only, offered, update, assign, run_as, detection, found, requirements, return_codes, restart, install_limit, allow_uninstall, package_gb, installer_script_kb, product_code_rules, install, uninstall, download, detect, require, outcomes; did you mean `detection`?",
    ),
    (
        "<app>restart = \"by-code\"\n<device>",
        "3:11: app[a].restart: `by-code` is not allowed; allowed: by-return-code, may-force, suppress, force",
    ),
    (
        "<app>install_limit = \"2d\"\n<device>",
        "3:17: app[a].install_limit: app `a` has a time limit for its install of 2d; allowed 1m to 1d",
    ),
    (
        "<app>package_gb = 31\n<device>",
        "3:14: app[a].package_gb: app `a` has a package of 31 GB; at most 30 are accepted",
    ),
    (
        "<app>return_codes = { retry = [1618], failed = [0, 1618] }\n<device>",
        "3:47: app[a].return_codes.failed: return code 1618 stands in the table twice",
    ),
    (
        "<app>install = { exit = \"0xZ\" }\n<device>",
        "3:20: app[a].install.exit: `0xZ` is not a code such as 3010, -2016345060 or 0x87D30068, or one of the words crash and killed",
    ),
    (
        "<app>install = [{ weight = 2 }, {}]\n<device>",
        "3:23: app[a].install[1].weight: a weight counts only with outcomes = \"weighted\"",
    ),
    (
        "<app>detect = { duration = \"5s\" }\n<device>",
        "3:23: app[a].detect.duration: only a script takes time and has an exit code: detection = \"script\"",
    ),
    (
        "<app>require = { lacks = [\"file\"] }\n<device>",
        "3:22: app[a].require.lacks: `requirements` ask for no file, so none can be lacking",
    ),
    (
        "<app>requirements = { script = { type = \"integer\", value = \"nine\" } }\n<device>",
        "3:55: app[a].requirements.script.value: `nine` is no value of the type that is asked for",
    ),
    (
        "<app>requirements = { architecture = \"amd64\" }\n<device>",
        "3:33: app[a].requirements.architecture: `amd64` is not allowed; allowed: x86, x64, arm64; did you mean `arm64`?",
    ),
    (
        "<app>depends_on = [\"b\"]\n<script><device>",
        "3:15: app[a].depends_on: there is no app `b`; known: a; did you mean `a`?",
    ),
    ("<app>depends_on = \"vpn\"\n<script><device>", "3:14: app[a].depends_on: `vpn` is no app but a script"),
    ("<app>supersedes = \"a\"\n<device>", "3:14: app[a].supersedes: app `a` supersedes itself"),
    (
        "<app>assign = [{ group = \"all-users\", intent = \"available\", deadline = \"1h\" }]\n<device>",
        "3:11: app[a].assign[1]: content `a`: the assignment to group `all-users` cannot have a deadline, for it is available",
    ),
    (
        "<app>assign = [{ group = \"all-users\", available = \"1h\", deadline = \"18:00\" }]\n<device>",
        "3:63: app[a].assign[1].deadline: `available` and `deadline` are either both local times or both offsets or UTC (B-7.31)",
    ),
    (
        "<app>assign = [{ group = \"all-users\", utc = true }]\n<device>",
        "3:40: app[a].assign[1].utc: `utc` is about `available` and `deadline`",
    ),
    (
        "<app>assign = [{ group = \"all-users\", restart_grace = { grace = \"15d\" } }]\n<device>",
        "3:60: app[a].assign[1].restart_grace.grace: a time for a restart of 15d is out of range; allowed 0s to 14d",
    ),
    (
        "<app>assign = [{ group = \"all-users\", notifications = \"some\" }]\n<device>",
        "3:50: app[a].assign[1].notifications: `some` is not allowed; allowed: all, restarts, none; did you mean `none`?",
    ),
    (
        "<app>[esp]\nblocking = [\"b\"]\n<device>",
        "4:13: esp.blocking: there is no app `b`; known: a; did you mean `a`?",
    ),
    (
        "<app><device>[[at]]\nat = \"1h\"\ndo = \"relate\"\ncontent = \"a\"\n",
        "8:6: at[1].do: `depends_on` or `supersedes` of `relate` is missing",
    ),
    (
        "<app>[[app]]\nname = \"b\"\n<device>[[at]]\nat = \"1h\"\ndo = \"unrelate\"\ncontent = \"a\"\ndepends_on = \"b\"\n",
        "10:6: at[1].do: app `a` has no relation to app `b` to take back at 2026-01-05T01:00:00.000Z",
    ),
    (
        "<app><script><device>[[at]]\nat = \"1h\"\ndo = \"app-remove-by-hand\"\ncontent = \"vpn\"\n",
        "11:11: at[1].content: `vpn` is no app but a script",
    ),
    (
        "<app><device>apps = { a = 1 }\n",
        "6:8: device[pc].apps: weights belong in a [[population]]; a [[device]] has one value",
    ),
    (
        "<device>hardware = { processors = 70000 }\n",
        "4:27: device[pc].hardware.processors: 70000 is out of range; allowed 0 to 65535",
    ),
];
