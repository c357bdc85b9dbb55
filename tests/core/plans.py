"""Query plans: what the engines say, by EXPLAIN, of the statements that a function executes."""

import json


def steps_of(connection, act):
    """Return the steps of the plans of all statements that `act` executes."""
    return _sqlite_steps(connection, act) if connection.dialect.name == "sqlite" else _postgresql_steps(connection, act)


def reads_all(step):
    """Return whether a step reads all rows of a table."""
    # SQLite reports the use of the full-text index as `SCAN x VIRTUAL TABLE INDEX`.
    return "Seq Scan" in step or (step.startswith("SCAN ") and "INDEX" not in step and "json_each" not in step)


def _sqlite_steps(connection, act):
    statements = []
    driver = connection.connection.driver_connection
    driver.set_trace_callback(statements.append)
    act()
    driver.set_trace_callback(None)
    # FTS5 reads its configuration again when another connection has written.
    asked = [each for each in statements if each.startswith("SELECT") and "client_search_grams_config" not in each]
    assert asked
    return [row[3] for each in asked for row in driver.execute(f"EXPLAIN QUERY PLAN {each}").fetchall()]


def _postgresql_steps(connection, act):
    return [step for plan in postgresql_plans(connection, act) for step in plan]


def postgresql_plans(connection, act):
    """Return the steps of the plan of each statement that `act` executes."""
    driver = connection.connection.driver_connection
    notices = []
    driver.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    for setting in (
        "LOAD 'auto_explain'",
        "SET LOCAL auto_explain.log_min_duration = 0",
        "SET LOCAL auto_explain.log_format = 'json'",
        "SET LOCAL client_min_messages = 'log'",
        "SET LOCAL enable_seqscan = off",  # a small table would be read whole, whatever indexes it has
        "DISCARD PLANS",  # plans that were stored before the settings, for frequent statements
    ):
        connection.exec_driver_sql(setting)
    act()
    driver.execute("SELECT 1")  # a plan arrives with the answer to the next statement
    plans = [json.loads(notice.partition("plan:")[2]) for notice in notices if "plan:" in notice]
    assert plans, notices
    return [list(_nodes(plan["Plan"])) for plan in plans]


def _nodes(node):
    yield f"{node['Node Type']} {node.get('Relation Name', '')}"
    for child in node.get("Plans", []):
        yield from _nodes(child)
