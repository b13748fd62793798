#include "actors/core/ron/attributes.hpp"

namespace hiisi::core::ron {

namespace {

bool read_extension(scanner& in, extensions& out) {
  auto begin = in.at();
  std::string_view name;
  if (!in.take_name("the name of an extension", name))
    return false;
  if (name == "implicit_some")
    out.implicit_some = true;
  else if (name == "unwrap_newtypes")
    out.unwrap_newtypes = true;
  else if (name == "unwrap_variant_newtypes")
    out.unwrap_variant_newtypes = true;
  else
    return in.fail(begin, "unknown extension " + quoted(name)
                              + "; expected implicit_some, unwrap_newtypes or "
                                "unwrap_variant_newtypes");
  return true;
}

} // namespace

bool read_attributes(scanner& in, extensions& out) {
  while (in.take_if('#')) {
    if (!in.expect('!', "`!` after `#`") || !in.expect('[', "`[` after `#!`")
        || !in.skip_space())
      return false;
    auto begin = in.at();
    std::string_view word;
    if (!in.take_name("`enable`", word))
      return false;
    if (word != "enable")
      return in.fail(begin, "expected `enable`, found " + quoted(word));
    if (!in.expect('(', "`(` after `enable`") || !in.skip_space())
      return false;
    for (bool more = true; more;) {
      if (!read_extension(in, out) || !in.skip_space())
        return false;
      more = in.take_if(',');
      if (!in.skip_space())
        return false;
      more = more && in.peek() != ')';
    }
    if (!in.expect(')', "`,` or `)`") || !in.expect(']', "`]`")
        || !in.skip_space())
      return false;
  }
  return true;
}

} // namespace hiisi::core::ron
