//! The kind of a function's return type, as far as its signature shows it.

use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, Path, PathArguments, ReturnType, Signature, Token, Type, TypeParamBound,
};

/// The kind of value that a call of a function returns.
pub(crate) enum Returns<'a> {
    /// The value itself, or, of an `async fn`, the future that the compiler makes.
    Value,
    /// A future that the body makes; the check belongs into it.
    Future { output: &'a Type, opaque: bool },
    /// `impl Trait` that is no future.
    Opaque(&'a Type),
}

impl<'a> Returns<'a> {
    pub(crate) fn of(signature: &'a Signature) -> Self {
        let ReturnType::Type(_, returned) = &signature.output else {
            return Self::Value;
        };
        if signature.asyncness.is_some() {
            return Self::Value;
        }
        match bare(returned) {
            Type::ImplTrait(opaque) => match future_output(&opaque.bounds) {
                Some(output) => Self::Future {
                    output,
                    opaque: true,
                },
                None => Self::Opaque(returned),
            },
            Type::Path(path) if path.qself.is_none() => match boxed_future_output(&path.path) {
                Some(output) => Self::Future {
                    output,
                    opaque: false,
                },
                None => Self::Value,
            },
            _ => Self::Value,
        }
    }
}

/// The type without the invisible groups that macros put around it.
fn bare(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            other => return other,
        };
    }
}

/// The output of `Pin<Box<dyn Future<Output = T>>>`, and of the alias `BoxFuture<'_, T>`.
fn boxed_future_output(path: &Path) -> Option<&Type> {
    let last = path.segments.last()?;
    match last.ident.to_string().as_str() {
        "BoxFuture" | "LocalBoxFuture" => only_type(&last.arguments),
        "Pin" => {
            let Type::Path(pinned) = bare(only_type(&last.arguments)?) else {
                return None;
            };
            let pinned = pinned
                .path
                .segments
                .last()
                .filter(|segment| segment.ident == "Box")?;
            match bare(only_type(&pinned.arguments)?) {
                Type::TraitObject(object) => future_output(&object.bounds),
                _ => None,
            }
        }
        _ => None,
    }
}

fn only_type(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.next().filter(|_| types.next().is_none())
}

/// `T` of a bound `Future<Output = T>`.
fn future_output(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<&Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let last = bound
            .path
            .segments
            .last()
            .filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else {
            return None;
        };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
            _ => None,
        })
    })
}
