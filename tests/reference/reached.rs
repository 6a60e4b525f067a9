//! The rules that the worlds must reach, as the agent notes them. A model that is never asked agrees with everything.

/// In the order of the catalogue.
pub(crate) const PRESENCE_AND_SCRIPTS: &[&str] = &[
    "B-1.12", "B-1.13", "B-1.14", "B-1.23", "B-1.24", "B-1.29", "B-2.1", "B-2.9", "B-2.11", "B-2.16", "B-4.3", "B-4.4",
    "B-4.5", "B-4.6", "B-4.8", "B-4.14", "B-4.15", "B-4.16", "B-4.17", "B-4.19", "B-4.21", "B-4.22", "B-4.23",
    "B-4.24", "B-4.25", "B-4.26", "B-4.27", "B-4.28", "B-4.29", "B-5.2", "B-5.3", "B-5.6", "B-5.10", "B-5.13",
    "B-5.15", "B-5.19", "B-5.20", "B-5.23", "B-5.24", "B-5.25", "B-5.26", "B-9.1", "B-10.4", "B-10.5", "B-10.5a",
    "B-10.6", "B-10.7", "B-10.8", "B-10.9", "B-10.12", "B-13.7",
];

/// In the order of the catalogue: where much else happens, a pass seldom gets far.
pub(crate) const APPS_IN_TROUBLE: &[&str] = &[
    "B-7.4", "B-7.7", "B-7.10", "B-7.12", "B-7.13", "B-7.14", "B-7.15", "B-7.16", "B-7.17", "B-7.18", "B-7.19",
    "B-7.21", "B-7.22", "B-7.23", "B-7.24", "B-7.27a", "B-7.28", "B-7.29", "B-7.30", "B-7.32", "B-7.33", "B-7.34",
    "B-7.36", "B-7.37", "B-7.59", "B-8.20", "B-8.21", "B-12.13",
];

/// In the order of the catalogue.
pub(crate) const PORTAL: &[&str] = &["B-7.27a", "B-7.30", "B-7.37", "B-7.52", "B-7.52a", "B-9.1"];

/// In the order of the catalogue.
pub(crate) const APPS: &[&str] = &[
    "B-1.15", "B-1.29", "B-7.4", "B-7.6", "B-7.7", "B-7.10", "B-7.12", "B-7.13", "B-7.14", "B-7.15", "B-7.16",
    "B-7.17", "B-7.18", "B-7.19", "B-7.21", "B-7.22", "B-7.23", "B-7.24", "B-7.26", "B-7.27a", "B-7.28", "B-7.29",
    "B-7.30", "B-7.32", "B-7.33", "B-7.34", "B-7.36", "B-7.37", "B-7.38", "B-7.41", "B-7.43", "B-7.47", "B-7.50",
    "B-7.51", "B-7.53", "B-7.54", "B-7.55", "B-7.56", "B-7.57", "B-7.59", "B-8.20", "B-8.21", "B-12.13",
];

/// In the order of the catalogue.
pub(crate) const COMPLIANCE_AND_INVENTORY: &[&str] =
    &["B-8.1", "B-8.4", "B-8.5", "B-8.6", "B-8.7", "B-8.8", "B-8.15", "B-8.16", "B-8.18", "B-8.20", "B-8.22", "B-8.23"];

/// In the order of the catalogue.
pub(crate) const REMEDIATIONS: &[&str] = &[
    "B-1.14", "B-6.4", "B-6.6", "B-6.7", "B-6.8", "B-6.9", "B-6.10", "B-6.12", "B-6.13", "B-6.14", "B-6.16", "B-6.17",
    "B-6.21", "B-6.24", "B-6.29", "B-6.30",
];
