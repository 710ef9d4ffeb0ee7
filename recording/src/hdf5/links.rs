//! The links of a group as they are stored, so that one that leads nowhere is known by its name and target.
//!
//! The layouts are those of the HDF5 File Format Specification 3.0: III.A.1 (B-trees), III.B (symbol table nodes), III.D
//! (local heap) for groups of the older kind, IV.A.2.g (link message) for those of the newer kind.

use hdf5_reader::btree_v2::{BTreeV2Header, BTreeV2Record, collect_btree_v2_records_storage};
use hdf5_reader::error::{Error, Result};
use hdf5_reader::fractal_heap::{FractalHeap, FractalHeapDirectBlockCache};
use hdf5_reader::group::Group;
use hdf5_reader::io::Cursor;
use hdf5_reader::local_heap::LocalHeap;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::link::{self, LinkTarget};
use hdf5_reader::messages::link_info::LinkInfoMessage;
use hdf5_reader::messages::symbol_table_msg::SymbolTableMessage;
use hdf5_reader::object_header::ObjectHeader;
use hdf5_reader::symbol_table::SymbolTableNode;

use super::filters;

/// In an entry of a symbol table: the scratch pad holds the place of the target's path.
const SOFT_LINK: u32 = 2;

/// A link: its name and where it leads.
pub(super) type Link = (String, LinkTarget);

/// All links of the group, sorted by name.
pub(super) fn links(group: &Group) -> Result<Vec<Link>> {
    let (storage, offset_bytes, length_bytes) = (group.storage(), group.offset_size(), group.length_size());
    let header = ObjectHeader::parse_at_storage(storage, group.address(), offset_bytes, length_bytes)?;
    let mut links = Vec::new();
    for message in header.messages {
        match message {
            HdfMessage::SymbolTable(table) => links.extend(older(group, &table)?),
            HdfMessage::Link(link) => links.push((link.name, link.target)),
            HdfMessage::LinkInfo(info) if !Cursor::is_undefined_offset(info.fractal_heap_address, offset_bytes) => {
                links.extend(dense(group, &info)?);
            }
            _ => {}
        }
    }
    links.sort_by(|a, b| a.0.cmp(&b.0));
    links.dedup_by(|a, b| a.0 == b.0);
    Ok(links)
}

/// Of a group of the older kind: a B-tree of symbol table nodes, with the names in a local heap.
fn older(group: &Group, table: &SymbolTableMessage) -> Result<Vec<Link>> {
    let (storage, offset_bytes, length_bytes) = (group.storage(), group.offset_size(), group.length_size());
    let heap = LocalHeap::parse_at_storage(storage, table.heap_address, offset_bytes, length_bytes)?;
    let leaves = hdf5_reader::btree_v1::collect_btree_v1_leaves_storage(
        storage,
        table.btree_address,
        offset_bytes,
        length_bytes,
        None,
        &[],
        None,
    )?;
    if leaves.is_empty() {
        // The heap of an empty group may be without its segment.
        return Ok(Vec::new());
    }
    let segment = storage.read_range(heap.data_segment_address, length(heap.data_segment_size)?)?;
    let text = |place: u64| {
        let rest = segment.get(length(place)?..).unwrap_or_default();
        let end = rest.iter().position(|&byte| byte == 0);
        let end = end.ok_or_else(|| Error::InvalidData(format!("no name at {place} of the local heap")))?;
        Ok::<_, Error>(String::from_utf8_lossy(&rest[..end]).into_owned())
    };
    let entry_bytes = 2 * usize::from(offset_bytes) + 24;
    let mut links = Vec::new();
    for (_, address) in leaves {
        let head = storage.read_range(address, 8)?;
        let n_entries = usize::from(u16::from_le_bytes([head[6], head[7]]));
        let node = storage.read_range(address, 8 + n_entries * entry_bytes)?;
        let node = SymbolTableNode::parse(&mut Cursor::new(&node), offset_bytes, length_bytes)?;
        for entry in &node.entries {
            let target = if entry.cache_type == SOFT_LINK {
                let [a, b, c, d, ..] = entry.scratch;
                LinkTarget::Soft { path: text(u64::from(u32::from_le_bytes([a, b, c, d])))? }
            } else {
                LinkTarget::Hard { address: entry.object_header_address }
            };
            links.push((text(entry.link_name_offset)?, target));
        }
    }
    Ok(links)
}

/// Of a group with many links: link messages in a fractal heap, found by a B-tree of version 2.
fn dense(group: &Group, info: &LinkInfoMessage) -> Result<Vec<Link>> {
    let (storage, offset_bytes, length_bytes) = (group.storage(), group.offset_size(), group.length_size());
    let heap = FractalHeap::parse_at_storage(storage, info.fractal_heap_address, offset_bytes, length_bytes)?;
    let tree = BTreeV2Header::parse_at_storage(storage, info.btree_name_index_address, offset_bytes, length_bytes)?;
    let records = collect_btree_v2_records_storage(storage, &tree, offset_bytes, length_bytes, None, &[], None)?;
    let registry = filters::registry();
    let mut blocks = FractalHeapDirectBlockCache::default();
    let mut links = Vec::new();
    for record in &records {
        let BTreeV2Record::LinkNameHash { heap_id, .. } = record else { continue };
        let message = heap.get_object_storage_cached_with_registry(
            heap_id,
            storage,
            offset_bytes,
            length_bytes,
            &mut blocks,
            Some(&registry),
        )?;
        let link = link::parse(&mut Cursor::new(&message), offset_bytes, length_bytes, message.len())?;
        links.push((link.name, link.target));
    }
    Ok(links)
}

fn length(n_bytes: u64) -> Result<usize> {
    usize::try_from(n_bytes).map_err(|_| Error::InvalidData(format!("a length of {n_bytes} bytes")))
}
