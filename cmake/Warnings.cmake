# The warnings every target is built with; all are errors.
option(NIBBLE_TESTS "Build the tests" ON)
add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wshadow -Wno-gnu-statement-expression)
