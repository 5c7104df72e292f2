# guildscope_precompiled_headers(<set> HEADERS <header>... DEPENDS <target>... [OPTIONS <option>...])
# Headers that take seconds to read, compiled once; guildscope_use_headers lets a target share them. No source relies on
# it: each includes what it uses, and the build with ccache, which has none of this, says so if not.
function(guildscope_precompiled_headers set)
  cmake_parse_arguments(arg "" "" "HEADERS;DEPENDS;OPTIONS" ${ARGN})
  if(NOT GUILDSCOPE_PRECOMPILED_HEADERS)
    return()
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${set}_headers.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// A target needs a source.\n")
  add_library(${set}_headers OBJECT ${source})
  target_link_libraries(${set}_headers PRIVATE ${arg_DEPENDS} guildscope_flags)
  target_compile_options(${set}_headers PRIVATE ${arg_OPTIONS})
  target_precompile_headers(${set}_headers PRIVATE ${arg_HEADERS})
endfunction()

function(guildscope_use_headers target set)
  if(GUILDSCOPE_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} REUSE_FROM ${set}_headers)
  endif()
endfunction()

# With what the libraries of those who use it define: a compiler does not take headers that were compiled with other macros.
guildscope_precompiled_headers(dpp HEADERS <dpp/cluster.h> DEPENDS dpp::dpp guildscope_telemetry)
if(GUILDSCOPE_TESTS)
  guildscope_precompiled_headers(test HEADERS <gmock/gmock.h> <gtest/gtest.h> DEPENDS GTest::gmock OPTIONS -O0)
endif()
