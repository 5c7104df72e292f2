# cmake -DSOURCE=<checkout> -DVERSION=<version> -DOUTPUT=<file> -P write_version.cmake
# Writes the version and the commit as a header; leaves the file alone when nothing changed, so that nothing is rebuilt.
execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  set(commit unknown)
endif()
set(text "#define GUILDSCOPE_VERSION \"${VERSION}\"\n#define GUILDSCOPE_COMMIT \"${commit}\"\n")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
