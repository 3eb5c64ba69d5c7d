use scopes_core::{AuthorizeError, requires_scopes};

#[derive(scopes_core::ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    #[scope("tags:read")]
    TagsRead,
}

fn reader() -> scopes_core::Caller {
    scopes_core::testing::caller("ada", "entries:read").unwrap()
}

#[requires_scopes("entries:read")]
fn returns_early(early: bool) -> Result<u8, AuthorizeError> {
    if early {
        return Ok(1);
    }
    inner()?;
    Ok(2)
}

#[requires_scopes("entries:read")]
fn inner() -> Result<(), AuthorizeError> {
    #![allow(unused_variables)]
    use std::collections::BTreeMap;
    const NUMBER: u8 = 7;
    fn helper(map: &BTreeMap<u8, u8>) -> usize {
        map.len()
    }
    let unused = helper(&BTreeMap::from([(NUMBER, NUMBER)]));
    Ok(())
}

#[requires_scopes("entries:read")]
fn never() -> Result<u8, AuthorizeError> {
    loop {
        break Ok(3);
    }
}

#[requires_scopes("entries:read")]
fn opaque_in_result(count: u8) -> Result<impl Iterator<Item = u8>, AuthorizeError> {
    Ok((0..count).map(|number| number * 2))
}

// The names in the expansion are not visible to the body, nor the body's to it.
#[allow(non_snake_case)]
#[requires_scopes("entries:read")]
fn shadows(__refusal: u8) -> Result<u8, AuthorizeError> {
    let __REQUIREMENT = __refusal;
    Ok(__REQUIREMENT)
}

fn main() {
    reader().enter(|| {
        assert_eq!(returns_early(true), Ok(1));
        assert_eq!(returns_early(false), Ok(2));
        assert_eq!(never(), Ok(3));
        assert_eq!(opaque_in_result(3).map(Iterator::collect::<Vec<_>>), Ok(vec![0, 2, 4]));
        assert_eq!(shadows(4), Ok(4));
    });
    assert!(opaque_in_result(3).is_err());
}
