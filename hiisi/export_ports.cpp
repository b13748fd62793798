#include "hiisi/export_ports.hpp"

#include "hiisi/json_object.hpp"

#include <algorithm>
#include <vector>

namespace hiisi::cli {

namespace {

struct route {
  std::string user;
  std::string label;
  uint16_t port = 0;
  std::string upstream;
  /// One of them.
  std::string host;
  std::string path;
};

/// Whether the name means nothing but itself, in a path and in the syntax of
/// either proxy.
bool is_plain(std::string_view name) {
  return !name.empty() && name != "." && name != ".."
         && std::ranges::all_of(name, [](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
                     || (c >= 'A' && c <= 'Z') || c == '.' || c == '-'
                     || c == '_';
            });
}

std::vector<route> routes_of(std::span<const protocol::port_entry> entries,
                             const port_export_verb& what) {
  std::vector<route> routes;
  for (const auto& entry : entries) {
    if (entry.udp || entry.use != protocol::port_use::listening
        || !is_plain(entry.label) || !is_plain(entry.user))
      continue;
    route one{entry.user, entry.label,
              entry.port, "127.0.0.1:" + std::to_string(entry.port),
              {},         {}};
    if (what.domain)
      one.host = one.label + "." + one.user + "." + *what.domain;
    else
      one.path = "/" + one.user + "/" + one.label + "/";
    routes.push_back(std::move(one));
  }
  return routes;
}

std::string caddy(const std::vector<route>& routes, bool by_host) {
  std::string out = "# Made by hiisi port export.";
  out += by_host ? "\n" : " In a site: import hiisi_ports\n(hiisi_ports) {\n";
  for (const auto& r : routes)
    out += by_host ? r.host + " {\n\treverse_proxy " + r.upstream + "\n}\n"
                   : "\thandle_path " + r.path + "* {\n\t\treverse_proxy "
                         + r.upstream + "\n\t}\n";
  return out + (by_host ? "" : "}\n");
}

std::string nginx(const std::vector<route>& routes, bool by_host) {
  std::string out = by_host ? "# Made by hiisi port export. Within http.\n"
                            : "# Made by hiisi port export. Within a server.\n";
  for (const auto& r : routes) {
    const std::string indent = by_host ? "    " : "";
    if (by_host)
      out += "server {\n    listen 80;\n    server_name " + r.host + ";\n";
    out += indent + "location " + (by_host ? "/" : r.path) + " {\n";
    // With a path at its end nginx cuts off what the location matched.
    out += indent + "    proxy_pass http://" + r.upstream
           + (by_host ? ";\n" : "/;\n");
    out += indent + "    proxy_set_header Host $host;\n";
    out += indent
           + "    proxy_set_header X-Forwarded-For "
             "$proxy_add_x_forwarded_for;\n";
    out += indent + "}\n";
    if (by_host)
      out += "}\n";
  }
  return out;
}

std::string json(const std::vector<route>& routes) {
  protocol::json_writer out;
  {
    json_object whole{out};
    whole.key("routes").array(routes, [&](const route& r) {
      json_object one{out};
      one.text("user", r.user);
      one.text("label", r.label);
      one.key("port").number(r.port);
      one.text("upstream", r.upstream);
      one.text_if(!r.host.empty(), "host", r.host);
      one.text_if(!r.path.empty(), "path", r.path);
    });
  }
  out.raw("\n");
  return std::move(out).take();
}

} // namespace

std::string export_ports(std::span<const protocol::port_entry> entries,
                         const port_export_verb& what) {
  const auto routes = routes_of(entries, what);
  switch (what.how) {
  case port_export_verb::format::caddy:
    return caddy(routes, what.domain.has_value());
  case port_export_verb::format::nginx:
    return nginx(routes, what.domain.has_value());
  case port_export_verb::format::json:
    break;
  }
  return json(routes);
}

} // namespace hiisi::cli
