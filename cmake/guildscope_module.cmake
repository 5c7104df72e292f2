# guildscope_module(<name> [DEPENDS <target>...] [TEST_DEPENDS <target>...] [HEADERS set])
#
# One folder, one static library guildscope_<name> (alias guildscope::<name>) of every .cpp in the folder, and one
# test program guildscope_<name>_test of every *_test.cpp. An arrow of the module graph that is not in DEPENDS does
# not link; an include of a module that is not in DEPENDS is found by scripts/check. HEADERS: the precompiled
# headers that library and tests share.
function(guildscope_module name)
  cmake_parse_arguments(arg "" "HEADERS" "DEPENDS;TEST_DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  if(sources)
    add_library(guildscope_${name} STATIC ${sources})
    target_include_directories(guildscope_${name} PUBLIC
      $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:include>)
    target_link_libraries(guildscope_${name} PUBLIC ${arg_DEPENDS} PRIVATE guildscope_flags)
    if(arg_HEADERS)
      guildscope_use_headers(guildscope_${name} ${arg_HEADERS})
      set(headers HEADERS ${arg_HEADERS})
    endif()
  else()
    add_library(guildscope_${name} INTERFACE)
    target_include_directories(guildscope_${name} INTERFACE
      $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:include>)
    target_link_libraries(guildscope_${name} INTERFACE ${arg_DEPENDS})
  endif()
  add_library(guildscope::${name} ALIAS guildscope_${name})

  if(GUILDSCOPE_TESTS AND tests)
    guildscope_test(guildscope_${name}_test SOURCES ${tests} DEPENDS guildscope_${name} ${arg_TEST_DEPENDS}
      ${headers})
  endif()
endfunction()

# guildscope_test(<target> SOURCES <file>... DEPENDS <target>... [LABEL unit|system] [TIMEOUT seconds] [HEADERS set] [WHOLE])
# A GoogleTest program; every test of it is a test of ctest. WHOLE: the program is one test of ctest, because its tests
# share what takes long to start. The timeout is that of a build without sanitizers. HEADERS: precompiled headers other
# than GoogleTest's.
function(guildscope_test target)
  cmake_parse_arguments(arg "WHOLE" "LABEL;TIMEOUT;HEADERS" "SOURCES;DEPENDS" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  math(EXPR timeout "${arg_TIMEOUT} * ${GUILDSCOPE_TIME_FACTOR}")
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_DEPENDS} guildscope_flags GTest::gmock GTest::gtest_main)
  if(arg_HEADERS)
    guildscope_use_headers(${target} ${arg_HEADERS})
  else()
    # What is tested is optimised. The tests themselves take far longer to compile than to run.
    target_compile_options(${target} PRIVATE -O0)
    guildscope_use_headers(${target} test)
  endif()
  if(arg_WHOLE)
    add_test(NAME ${target} COMMAND ${target})
    set_tests_properties(${target} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${timeout})
    return()
  endif()
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${timeout})
endfunction()

# guildscope_program(<name> DEPENDS <target>...): build/bin/<name> of every .cpp in the folder.
function(guildscope_program name)
  cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cpp$")
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} guildscope_flags)
endfunction()
