//! What the generated bindings need beside them: memory for what the host puts in and takes out.
//!
//! As in the crate wit-bindgen, which would bring a macro and its parser to every author's build for it. Only
//! the bindings call these.

use std::alloc::{Layout, alloc, handle_alloc_error, realloc};
use std::ptr;

/// Room for a value that is handed to the host. Given back by the bindings' `cabi_post_…`.
#[derive(Debug)]
pub struct Cleanup;

impl Cleanup {
    /// Memory of this layout, null if it has no size. The bindings forget the guard at once, so there is none.
    pub fn new(layout: Layout) -> (*mut u8, Option<Self>) {
        if layout.size() == 0 {
            return (ptr::null_mut(), None);
        }
        // SAFETY: the layout has a size.
        let memory = unsafe { alloc(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        (memory, None)
    }

    /// For the bindings' sake.
    pub fn forget(self) {}
}

/// Called by the host for room to put arguments in.
///
/// # Safety
/// As of the component model: what is passed back was given before, with this size and alignment.
#[cfg_attr(target_family = "wasm", unsafe(export_name = "cabi_realloc"))]
pub unsafe extern "C" fn cabi_realloc(
    old: *mut u8,
    old_size: usize,
    align: usize,
    size: usize,
) -> *mut u8 {
    if old_size == 0 && size == 0 {
        return ptr::without_provenance_mut(align);
    }
    // SAFETY: the host passes powers of two for alignment, and old blocks as they were given.
    let (layout, memory) = unsafe {
        if old_size == 0 {
            let layout = Layout::from_size_align_unchecked(size, align);
            (layout, alloc(layout))
        } else {
            let layout = Layout::from_size_align_unchecked(old_size, align);
            (layout, realloc(old, layout, size))
        }
    };
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    memory
}

/// Keeps the linker from leaving [`cabi_realloc`] out.
pub fn maybe_link_cabi_realloc() {
    #[used]
    static KEPT: unsafe extern "C" fn(*mut u8, usize, usize, usize) -> *mut u8 = cabi_realloc;
}
