# cmake -DFOLDER=<folder> -DOUTPUT=<file> -P embed_console.cmake
# Writes the folder's files as a C++ source: what guildscope/telemetry/console_assets.hpp declares.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")
file(GLOB files RELATIVE ${FOLDER} ${FOLDER}/*)
set(arrays "")
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING ${extension} 1 -1 extension)
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "${FOLDER}/${file}: no content type is known for .${extension}")
  endif()
  string(MAKE_C_IDENTIFIER ${file} name)
  file(READ ${FOLDER}/${file} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  file(SHA256 ${FOLDER}/${file} hash)
  string(APPEND arrays "constexpr unsigned char k_${name}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${file}\", \"${type_${extension}}\", \"${hash}\", Text(k_${name})},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made of ${FOLDER} by cmake/embed_console.cmake.
#include \"guildscope/telemetry/console_assets.hpp\"

#include <cstddef>

namespace guildscope {
namespace {

${arrays}
template <std::size_t kSize>
std::string_view Text(const unsigned char (&bytes)[kSize]) {
  return {reinterpret_cast<const char*>(bytes), kSize};
}

}  // namespace

std::span<const ConsoleAsset> ConsoleAssets() {
  static const ConsoleAsset assets[] = {
${rows}  };
  return assets;
}

}  // namespace guildscope
")
