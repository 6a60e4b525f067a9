//! A machine for tests that says of the registry, of signatures and of its execution policy what a test wants, and runs nothing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::{DevicePolicy, Identity, Job, Machine, OnEnd, Process, Reading, SignatureFault};
use crate::log::write::RegistryValues;
use crate::time::{Span, Wall};

/// The machine.
pub(super) struct Double {
    pub(super) values: Mutex<RegistryValues>,
    pub(super) signature: Result<(), SignatureFault>,
    pub(super) policy: Result<DevicePolicy, SignatureFault>,
}

/// None ever runs.
pub(super) enum Nothing {}

impl Process for Nothing {
    fn stop(&self) {
        match *self {}
    }
}

impl Machine for Double {
    type Process = Nothing;

    fn read(&self) -> Reading {
        Reading { awake: Span::ZERO, since_boot: Span::ZERO, wall: Wall::MIN }
    }
    fn boot(&self) -> String {
        String::new()
    }
    fn utc_offset(&self) -> Option<i32> {
        None
    }
    fn private_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }
    fn readable_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }
    fn private_file(&self, file: &Path) -> io::Result<File> {
        File::create_new(file)
    }
    fn lock(&self, file: &Path) -> io::Result<Option<File>> {
        File::create(file).map(Some)
    }
    fn is_locked(&self, _file: &Path) -> bool {
        false
    }
    fn state_folder(&self) -> Option<PathBuf> {
        None
    }
    fn replace(&self, new: &Path, old: &Path) -> io::Result<()> {
        fs::rename(new, old)
    }
    fn flush_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }
    fn system_folder(&self, bits: u8) -> PathBuf {
        PathBuf::from(format!("system{bits}"))
    }
    fn log_values(&self) -> RegistryValues {
        self.values.lock().unwrap().clone()
    }
    fn signature(&self, _file: &Path) -> Result<(), SignatureFault> {
        self.signature
    }
    fn device_policy(&self, _identity: &Identity, _bits: u8) -> Result<DevicePolicy, SignatureFault> {
        self.policy
    }
    fn start(&self, _job: &Job, _on_end: OnEnd) -> io::Result<Nothing> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn end_leftovers(&self, _mark: &str) {}
}
