//! Two trees over the same entries: the second keeps its own hash tiles and checkpoint, and reads
//! the entries where the first keeps them. So the SM3 twin costs 32 bytes an entry, not the entry again.

use std::io;

use crate::{
    tile::{Bundle, Level, TileId, WIDTH},
    tiles::Tiles,
};

/// The storage of the second tree. It never writes entries: writing them means checking that the
/// first tree holds the same.
pub struct SharedEntries<A, B> {
    own: A,
    first: B,
}

impl<A: Tiles, B: Tiles> SharedEntries<A, B> {
    /// Over the second tree's own storage and the first tree's.
    pub const fn new(own: A, first: B) -> Self {
        Self { own, first }
    }

    /// The entries of a bundle that may be narrower than the one the first tree has by now.
    fn entries(&self, id: TileId) -> io::Result<Option<Vec<u8>>> {
        let mut wider = vec![TileId { width: WIDTH, ..id }.path()];
        if !id.full() {
            wider.insert(0, id.path());
            let mut partial: Vec<_> = self
                .first
                .list_under(&format!("{}.p", id.stem()))?
                .iter()
                .filter_map(|n| TileId::parse(n))
                .filter(|t| t.width > id.width)
                .collect();
            partial.sort_by_key(|t| t.width);
            wider.extend(partial.into_iter().map(TileId::path));
            // The partial ones may have gone meanwhile, which they do once the full one is there.
            wider.push(TileId { width: WIDTH, ..id }.path());
        }
        for path in wider {
            if let Some(mut bytes) = self.first.read(&path)? {
                let mut entries = Bundle::new(&bytes);
                let _ = entries.by_ref().take(id.width as usize).count();
                let end = entries.offset();
                bytes.truncate(end);
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }
}

fn entries(path: &str) -> Option<TileId> {
    TileId::parse(path).filter(|id| id.level == Level::Entries)
}

impl<A: Tiles, B: Tiles> Tiles for SharedEntries<A, B> {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        match entries(path) {
            Some(id) => self.entries(id),
            None => self.own.read(path),
        }
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        match entries(path) {
            Some(id) if self.entries(id)?.as_deref() == Some(bytes) => Ok(()),
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "the first tree holds other entries")),
            None => self.own.write(path, bytes),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.own.sync()
    }

    fn replace(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.own.replace(path, bytes)
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        if entries(path).is_some() { Ok(()) } else { self.own.remove(path) }
    }

    fn list_under(&self, folder: &str) -> io::Result<Vec<String>> {
        self.own.list_under(folder)
    }

    fn free_bytes(&self) -> io::Result<Option<u64>> {
        self.own.free_bytes()
    }
}
