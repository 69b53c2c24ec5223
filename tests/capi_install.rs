//! What `scripts/install.sh` leaves: names and links, the exported functions, and that pkg-config and CMake
//! lead a stranger's program to it, also after the tree was moved.

#![cfg(all(feature = "capi", target_os = "linux"))]

mod capi_support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use capi_support::*;
use ncm::capi::version::NCM_ABI_VERSION;

fn prefix() -> &'static Path {
    installed("capi-install")
}

#[test]
fn the_shared_library_carries_the_abi_version_in_its_names() {
    let (major, minor) = (NCM_ABI_VERSION >> 16, NCM_ABI_VERSION & 0xffff);
    let lib = prefix().join("lib");
    let link =
        |name: &str| std::fs::read_link(lib.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(link("libncm.so"), Path::new(&format!("libncm.so.{major}")));
    assert_eq!(
        link(&format!("libncm.so.{major}")),
        Path::new(&format!("libncm.so.{major}.{minor}"))
    );
    let dynamic = run(Command::new("readelf").arg("-d").arg(lib.join("libncm.so")));
    assert!(
        dynamic.contains(&format!("[libncm.so.{major}]")),
        "{dynamic}"
    );
    for file in [
        "include/ncm.h",
        "include/ncm.hpp",
        "lib/libncm.a",
        "lib/pkgconfig/ncm.pc",
        "lib/cmake/ncm/ncm-config.cmake",
        "share/doc/ncm/abi.md",
    ] {
        assert!(prefix().join(file).is_file(), "{file}");
    }
}

#[test]
fn a_prefix_that_is_no_absolute_path_is_refused() {
    for arguments in [&[][..], &["here"], &["/a", "/b"]] {
        let output = Command::new(root().join("scripts/install.sh"))
            .args(arguments)
            .output()
            .expect("bash runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"));
    }
}

#[test]
fn exactly_the_functions_of_the_header_are_exported() {
    let symbols = run(Command::new("nm")
        .args(["-D", "--defined-only", "-P"])
        .arg(prefix().join("lib/libncm.so")));
    let exported: BTreeSet<&str> = symbols
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let header = std::fs::read_to_string(root().join("include/ncm.h")).expect("header");
    let mut declared = BTreeSet::new();
    for line in header
        .lines()
        .filter(|l| !l.starts_with([' ', '#', '/', '*']))
    {
        if let Some((before, _)) = line.split_once('(') {
            let name = before.rsplit([' ', '*']).next().unwrap_or_default();
            declared.insert(name);
        }
    }
    assert!(declared.len() > 40, "{declared:?}");
    assert_eq!(exported, declared);
}

/// `pkg-config ncm`, as arguments for a compiler.
fn pkg_config(options: &[&str]) -> Vec<String> {
    run(Command::new("pkg-config")
        .env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig"))
        .args(options)
        .arg("ncm"))
    .split_whitespace()
    .map(str::to_owned)
    .collect()
}

#[test]
fn pkg_config_builds_programs_on_either_library() {
    assert_eq!(pkg_config(&["--modversion"]), [env!("CARGO_PKG_VERSION")]);
    let source = root().join("examples/c/own_integrator.c");
    let program = scratch("capi-install").join("by-pkg-config");
    run(compiler(&source)
        .arg(&source)
        .args(pkg_config(&["--cflags", "--libs"]))
        .args(["-lm", "-o"])
        .arg(&program));
    let said = run(Command::new(&program).env("LD_LIBRARY_PATH", prefix().join("lib")));
    assert!(said.trim_end().ends_with("ok"), "{said}");

    let mut flags = pkg_config(&["--cflags", "--libs", "--static"]);
    for flag in &mut flags {
        if flag == "-lncm" {
            *flag = "-l:libncm.a".into();
        }
    }
    run(compiler(&source)
        .arg(&source)
        .args(flags)
        .arg("-o")
        .arg(&program));
    let said = run(&mut Command::new(&program));
    assert!(said.trim_end().ends_with("ok"), "{said}");
}

#[test]
fn cmake_finds_the_package_also_where_it_was_moved_to() {
    // A prefix of its own, staged with DESTDIR and another LIBDIR and then moved.
    let folder = scratch("capi-install").join("cmake");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("scratch is writable");
    run(Command::new(root().join("scripts/install.sh"))
        .arg("/opt/ncm")
        .env("CARGO_TARGET_DIR", target_dir())
        .env("DESTDIR", folder.join("stage"))
        .env("LIBDIR", "lib/x86"));
    let moved = folder.join("elsewhere");
    std::fs::rename(folder.join("stage/opt/ncm"), &moved).expect("same file system");

    std::fs::write(
        folder.join("CMakeLists.txt"),
        format!(
            "cmake_minimum_required(VERSION 3.16)\n\
             project(stranger C CXX)\n\
             set(CMAKE_CXX_STANDARD 17)\n\
             find_package(ncm {} REQUIRED CONFIG)\n\
             add_executable(shared {root}/examples/cpp/switching.cpp)\n\
             target_link_libraries(shared PRIVATE ncm::ncm)\n\
             add_executable(static {root}/examples/c/own_integrator.c)\n\
             target_link_libraries(static PRIVATE ncm::ncm_static)\n",
            env!("CARGO_PKG_VERSION"),
            root = root().display(),
        ),
    )
    .expect("scratch is writable");
    run(Command::new("cmake")
        .arg("-S")
        .arg(&folder)
        .arg("-B")
        .arg(folder.join("build"))
        .arg(format!("-Dncm_DIR={}/lib/x86/cmake/ncm", moved.display())));
    run(Command::new("cmake")
        .arg("--build")
        .arg(folder.join("build")));
    for (program, arguments) in [("shared", &["2e-3"][..]), ("static", &[])] {
        let said = run(Command::new(folder.join("build").join(program)).args(arguments));
        assert!(said.trim_end().ends_with("ok"), "{said}");
    }

    // A version that is not there is not taken.
    std::fs::write(
        folder.join("CMakeLists.txt"),
        "cmake_minimum_required(VERSION 3.16)\nproject(stranger C)\nfind_package(ncm 99 CONFIG)\n\
         if(ncm_FOUND)\n  message(FATAL_ERROR \"version 99 was found\")\nendif()\n",
    )
    .expect("scratch is writable");
    run(Command::new("cmake")
        .arg("-S")
        .arg(&folder)
        .arg("-B")
        .arg(folder.join("future"))
        .arg(format!("-Dncm_DIR={}/lib/x86/cmake/ncm", moved.display())));
}
