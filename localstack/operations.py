"""Operations that docs/operations.md asks of AWS and the emulator does not have."""

import re
import time
import uuid


def install(sqs, dynamodb, request_scope, account):
    """Puts them into the emulator's services."""
    tasks = []

    def start_message_move_task(data, _queue_url):
        """Messages of a dead-letter queue go back, as if they had just come."""
        source, destination = (sqs._queue_by_arn(data[name]) for name in ("SourceArn", "DestinationArn"))
        moved, source["messages"] = source["messages"], []
        for message in moved:
            message.update(receive_count=0, receipt_handle=None, visible_at=time.time(), first_receive_at=None)
        destination["messages"] += moved
        sqs.esm_wake.set()
        task = {"TaskHandle": uuid.uuid4().hex, "SourceArn": data["SourceArn"], "DestinationArn": data["DestinationArn"],
                "Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": len(moved)}  # fmt: skip
        tasks.insert(0, task)
        return {"TaskHandle": task["TaskHandle"]}

    def list_message_move_tasks(data, _queue_url):
        return {"Results": [task for task in tasks if task["SourceArn"] == data["SourceArn"]]}

    sqs._HANDLERS |= {"StartMessageMoveTask": start_message_move_task, "ListMessageMoveTasks": list_message_move_tasks}

    restore = dynamodb._restore_table_to_point_in_time

    def restore_across_regions(data):
        """A table of another region, named by its ARN, is first seen in this one."""
        arn = re.fullmatch(r"arn:aws:dynamodb:([^:]+):[^:]+:table/(.+)", data.get("SourceTableArn", ""))
        if not arn or arn[1] == dynamodb.get_region():
            return restore(data)
        with request_scope(account, arn[1]):
            table = dynamodb._tables[arn[2]]
        dynamodb._tables[arn[2]] = table
        try:
            return restore(data | {"SourceTableName": arn[2]})
        finally:
            del dynamodb._tables[arn[2]]

    dynamodb._restore_table_to_point_in_time = restore_across_regions

